/** A name that can be a folder or a file anywhere, and never hides or leaves the snapshot. */
export const folderName = (name: string): string => {
  const plain = name
    .replace(/[^\w.@+-]/gu, '_')
    .replace(/^\.+/, '_')
    .slice(0, 100);
  return plain === '' ? '_' : plain;
};
