/** Answers of file questions before the server has the file: "local:KEY". */
export const kLocalPrefix = 'local:';
