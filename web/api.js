// The camera's JSON routes. Every call either gives the document or throws an ApiError that says
// what went wrong in words for a person.

export class ApiError extends Error {
  constructor(status, text) {
    super(text);
    this.status = status;
  }
}

const DEADLINE_MS = 10000;
let onLoginNeeded = () => {};
let logins = 0; // a refusal of something sent before the latest login says nothing about it
export const whenLoginNeeded = (fn) => {
  onLoginNeeded = fn;
};

export async function call(method, path, body) {
  const options = { method, headers: {}, signal: AbortSignal.timeout(DEADLINE_MS), cache: "no-store" };
  if (body !== undefined) {
    options.headers["Content-Type"] = "application/json";
    options.body = JSON.stringify(body);
  }
  const before = logins;
  let response;
  try {
    response = await fetch(path, options);
  } catch (error) {
    throw new ApiError(
      0,
      error.name === "TimeoutError" ? "The camera did not answer in time." : "The camera cannot be reached.",
    );
  }
  const text = await response.text();
  let document = null;
  try {
    document = text ? JSON.parse(text) : {};
  } catch {
    if (response.ok) throw new ApiError(response.status, "The camera's answer makes no sense.");
  }
  if (path === "/api/v1/login") {
    if (response.ok) logins++;
  } else if (response.status === 401) {
    if (before !== logins) return call(method, path, body);
    onLoginNeeded();
  }
  if (response.ok) return document;
  throw new ApiError(
    response.status,
    document?.error ? String(document.error) : `The camera refused (${response.status}).`,
  );
}

export const get = (path) => call("GET", path);
export const put = (path, body) => call("PUT", path, body);
export const post = (path, body) => call("POST", path, body);
export const patch = (path, body) => call("PATCH", path, body);
export const remove = (path) => call("DELETE", path);
export const named = (path, name) => `${path}/${encodeURIComponent(name)}`;
