// A bank's statement goes to the server as its own bytes: in which encoding they are is for the server to find.
import { ApiError, csrfToken, type Problem, type Schemas } from './client';

/** Looks at a statement file, or reads it in. Throws ApiError. */
export async function sendStatement(file: File, dry_run: boolean): Promise<Schemas['StatementRead']> {
  const query = new URLSearchParams({ file_name: file.name, dry_run: String(dry_run) });
  const response = await fetch(`/api/v1/payments/statements?${query}`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/octet-stream', 'X-Tinhso-Csrf': csrfToken() },
    body: file
  }).catch(() => {
    throw new ApiError(0, 'network_unreachable');
  });
  const body = (await response.json().catch(() => ({}))) as unknown;
  if (response.ok) return body as Schemas['StatementRead'];
  const problem = body as Partial<Problem>;
  throw new ApiError(response.status, problem.reason ?? 'unknown', problem.errors ?? [], problem.retry_after_s);
}
