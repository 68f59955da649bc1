// The camera wants its token.
import { post, whenLoginNeeded } from "./api.js";
import { $, problem } from "./dom.js";
import { retry } from "./picture.js";
import { tell } from "./state.js";

const dialog = $("login");

whenLoginNeeded(() => {
  if (dialog.open) return;
  dialog.showModal();
  $("token").focus();
});

$("login-form").addEventListener("submit", async (event) => {
  event.preventDefault();
  try {
    await post("/api/v1/login", { token: $("token").value.trim() });
  } catch (error) {
    problem(
      $("login-problem"),
      error.status === 401 || error.status === 403 ? "That is not this camera's token." : error.message,
    );
    $("token").select();
    return;
  }
  problem($("login-problem"), null);
  $("token").value = "";
  dialog.close();
  retry();
  tell("login");
});
// Nothing can be seen without it: Escape does not help.
dialog.addEventListener("cancel", (event) => event.preventDefault());
