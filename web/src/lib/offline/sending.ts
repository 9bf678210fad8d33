// What filing needs once there is something to send; loaded apart from the first screen.
export { uploadFile } from '$lib/api/upload';
export { flushOutbox, outbox } from './outbox.svelte';
export { shrinkPhoto } from './photo';
export { isTemporary } from './submit';
