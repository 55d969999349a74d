// Imports for the bundle, which cannot; the path is relative to this file.
module.exports = path => import(path);
