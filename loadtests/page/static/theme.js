// Not a module, so that it runs before the first paint and no page flashes in the other colours.
try {
  const kept = localStorage.getItem("pulsetrain.theme");
  if (kept) document.documentElement.dataset.theme = kept;
} catch {
  // A browser that keeps nothing follows the system.
}
