// Uploading needs progress, which fetch does not report; everything else goes through client.ts.
import { ApiError, csrfToken, type Problem, type Schemas } from './client';

const kFileBytesMax = 50 * 1024 * 1024;

/** Sends one file's bytes. `onprogress` gets 0–1. Throws ApiError. */
export function uploadFile(file: Blob, name: string, onprogress?: (part: number) => void, signal?: AbortSignal): Promise<Schemas['File']> {
  return new Promise((resolve, reject) => {
    if (file.size > kFileBytesMax) return reject(new ApiError(413, 'file_too_large'));
    if (file.size === 0) return reject(new ApiError(422, 'file_empty'));
    const request = new XMLHttpRequest();
    request.open('POST', `/api/v1/files?name=${encodeURIComponent(name)}`);
    request.setRequestHeader('Content-Type', 'application/octet-stream');
    request.setRequestHeader('X-Tinhso-Csrf', csrfToken());
    request.upload.onprogress = (event) => event.lengthComputable && onprogress?.(event.loaded / event.total);
    request.onload = () => {
      let body: unknown;
      try {
        body = JSON.parse(request.responseText);
      } catch {
        return reject(new ApiError(request.status, 'unknown'));
      }
      if (request.status === 201) return resolve(body as Schemas['File']);
      const problem = body as Partial<Problem>;
      reject(new ApiError(request.status, problem.reason ?? 'unknown', problem.errors, problem.retry_after_s));
    };
    request.onerror = () => reject(new ApiError(0, 'network_unreachable'));
    request.onabort = () => reject(new ApiError(0, 'upload_cancelled'));
    signal?.addEventListener('abort', () => request.abort());
    request.send(file);
  });
}
