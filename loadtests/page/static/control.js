// The form: it asks Locust to start and to stop, in the words that Locust's own form uses.

const BUSY = ["warming up", "running", "draining"];

// By their ids: the numbers of a shape have names of their own, such as `start` and `stop`.
const FIELDS = ["rate", "shape", "duration", "slo", "warm-up", "start", "stop", "advice"];

export class Control {
  #form;
  #fields;
  #changed;
  #isAsking = false;
  #isBusy = false;
  #advice = "";

  // `changed` is called when something was asked, so that the page looks at once.
  constructor(form, changed) {
    this.#form = form;
    this.#fields = Object.fromEntries(FIELDS.map((id) => [id, form.querySelector(`#${id}`)]));
    this.#changed = changed;
    const { shape, duration, stop } = this.#fields;
    shape.addEventListener("change", () => {
      this.#showNumbers();
      this.#advise("");
    });
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      this.#start();
    });
    stop.addEventListener("click", () => this.#stop());
    duration.addEventListener("input", () => this.#checkLength());
    this.#showNumbers();
    this.#advise("");
  }

  // Let be pressed what makes sense in this state; null where nothing is known.
  show(state) {
    const isBusy = (this.#isBusy = BUSY.includes(state));
    const { start, stop } = this.#fields;
    for (const one of this.#form.elements) if (one !== stop && one !== start) one.disabled = isBusy;
    if (!isBusy) this.#showNumbers();
    start.disabled = isBusy || state === null || this.#isAsking;
    stop.disabled = !["warming up", "running"].includes(state);
    stop.textContent = state === "draining" ? "Stopping" : "Stop";
    this.#tell();
  }

  #advise(text, isError = false) {
    this.#advice = text;
    this.#fields.advice.classList.toggle("bad", isError);
    this.#tell();
  }

  // Say beside the buttons what is to be said; where nothing is, what the shape would do.
  #tell() {
    const text = this.#advice || (this.#isBusy ? "" : this.#fields.shape.selectedOptions[0].dataset.summary);
    if (this.#fields.advice.textContent !== text) this.#fields.advice.textContent = text;
  }

  // Locust's names: user_count, spawn_rate and run_time are its own, the others are our arguments.
  asked() {
    const { rate, shape, duration, slo } = this.#fields;
    const wards = Number(this.#form.dataset.wards);
    return new URLSearchParams({
      user_count: String(wards),
      spawn_rate: String(wards),
      // Locust keeps the last length where this one is empty, and takes 0 for none.
      run_time: duration.value.trim() || "0",
      rate_per_ward: String(Number(rate.value) / wards),
      shape: [shape.value, this.#numbers()].filter(Boolean).join(":"),
      slo: slo.value.trim(),
      warm_up: this.#fields["warm-up"].value.trim(),
    });
  }

  #numbers() {
    const fields = this.#form.querySelectorAll(`fieldset[data-shape="${this.#fields.shape.value}"] input`);
    return [...fields].map((one) => `${one.name}=${one.value}`).join(",");
  }

  #showNumbers() {
    const chosen = this.#fields.shape.value;
    for (const group of this.#form.querySelectorAll("fieldset[data-shape]"))
      group.hidden = group.disabled = group.dataset.shape !== chosen;
    this.#checkLength();
  }

  #checkLength() {
    const { shape, duration } = this.#fields;
    const isMissing = "needsLength" in shape.selectedOptions[0].dataset && !duration.value.trim();
    duration.setCustomValidity(isMissing ? `The shape ${shape.value} needs a duration, such as 5m.` : "");
  }

  async #start() {
    this.#isAsking = true;
    this.#advise("Starting …");
    await this.#ask("swarm", this.asked());
    this.#isAsking = false;
    this.#changed();
  }

  async #stop() {
    this.#advise("Stopping: what was sent is still awaited.");
    // Locust answers when the last decision has come, so that is not waited for.
    this.#ask("stop");
    this.#changed();
  }

  async #ask(path, body) {
    try {
      const answer = await fetch(path, { method: "POST", body });
      const said = await answer.json();
      this.#advise(said.success ? "" : said.message, !said.success);
    } catch {
      this.#advise("Locust did not take that: is it still there, and are you logged in?", true);
    }
  }
}
