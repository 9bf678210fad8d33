// A phone's photo is often 8 MB; a legible page needs a tenth. Made smaller before it is queued or sent. What is no picture, or
// cannot be drawn here (HEIC in most browsers), goes as it is.
const kEdgePx = 2200;
const kSmallBytes = 1_200_000;
const kQuality = 0.85;

export async function shrinkPhoto(file: File): Promise<{ blob: Blob; name: string }> {
  const asIs = { blob: file, name: file.name };
  if (!/^image\/(jpeg|png|webp)$/.test(file.type) || file.size <= kSmallBytes) return asIs;
  try {
    const picture = await createImageBitmap(file, { imageOrientation: 'from-image' });
    const scale = Math.min(1, kEdgePx / Math.max(picture.width, picture.height));
    const canvas = new OffscreenCanvas(Math.round(picture.width * scale), Math.round(picture.height * scale));
    const context = canvas.getContext('2d');
    if (!context) return asIs;
    // A transparent background would turn black in JPEG.
    context.fillStyle = '#fff';
    context.fillRect(0, 0, canvas.width, canvas.height);
    context.drawImage(picture, 0, 0, canvas.width, canvas.height);
    picture.close();
    const blob = await canvas.convertToBlob({ type: 'image/jpeg', quality: kQuality });
    return blob.size < file.size ? { blob, name: file.name.replace(/\.\w+$/, '') + '.jpg' } : asIs;
  } catch {
    return asIs;
  }
}
