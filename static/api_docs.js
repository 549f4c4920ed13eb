// Shows the API's description, and calls it as the person who is signed in.
"use strict";

const place = document.querySelector("#api-docs");
const csrfToken = document.querySelector("[name=csrfmiddlewaretoken]").value;

SwaggerUIBundle({
    url: place.dataset.schema,
    domNode: place,
    docExpansion: "none",
    filter: true,
    requestInterceptor: (request) => {
        request.headers["X-CSRFToken"] = csrfToken;
        return request;
    },
});
