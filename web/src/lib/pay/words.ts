// How the states of a bill are coloured.
export const kBillTones = { issued: 'amber', partial: 'amber', paid: 'green', cancelled: 'grey', refunded: 'blue', exempt: 'green' } as const;
