// The document of the REST API in Swagger UI.
const dark = matchMedia("(prefers-color-scheme: dark)");

function followTheme() {
  document.documentElement.classList.toggle("dark-mode", dark.matches);
}

dark.addEventListener("change", followTheme);
followTheme();

SwaggerUIBundle({
  dom_id: "#api-docs",
  url: document.getElementById("api-docs").dataset.document,
  deepLinking: true,
  docExpansion: "list",
  filter: true,
  defaultModelsExpandDepth: 0,
  // The badge would ask a server of others.
  validatorUrl: null,
});
