// Before anything is painted: where the person left the appearance to the device, follow the device.
(() => {
  const root = document.documentElement;
  const dark = window.matchMedia("(prefers-color-scheme: dark)");
  const follow = () => {
    root.dataset.bsTheme = dark.matches ? "dark" : "light";
    document.dispatchEvent(new Event("cpms:theme"));
  };
  if (root.dataset.theme === "auto") {
    follow();
    dark.addEventListener("change", follow);
  }
})();
