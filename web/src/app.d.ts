declare global {
  namespace App {
    interface Error {
      message: string;
      reason?: string;
    }
  }
}
export {};
