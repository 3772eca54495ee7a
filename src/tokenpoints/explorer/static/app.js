// Times in the reader's zone, copying, and the key that goes to search. The pages work without any of it.

const root = document.documentElement;
root.classList.add("scripted");

const language = root.lang;
// A reader's clock may be wrong; the server's is what the page was written by.
const clockOffset = Date.parse(root.dataset.now) - Date.now();

const relative = new Intl.RelativeTimeFormat(language, { numeric: "always", style: "short" });
const exact = new Intl.DateTimeFormat(language, { dateStyle: "medium", timeStyle: "long" });
const day = new Intl.DateTimeFormat(language, { dateStyle: "medium" });
const UNITS = [
  ["year", 31_536_000],
  ["month", 2_629_800],
  ["day", 86_400],
  ["hour", 3_600],
  ["minute", 60],
  ["second", 1],
];

// What is older is written as a date.
const OLD_SECONDS = 604_800;

function ago(moment) {
  const seconds = (moment - Date.now() - clockOffset) / 1000;
  if (Math.abs(seconds) < 2) return null;
  if (seconds < -OLD_SECONDS) return day.format(moment);
  const [unit, length] = UNITS.find(([, size]) => Math.abs(seconds) >= size) ?? UNITS.at(-1);
  return relative.format(Math.round(seconds / length), unit).replaceAll(".", "");
}

function writeTimes() {
  for (const element of document.querySelectorAll("time[datetime]")) {
    const moment = new Date(element.dateTime);
    const inZone = exact.format(moment);
    const text = element.dataset.form === "ago" ? ago(moment) : (element.dataset.form === "date" ? day : exact).format(moment);
    if (text !== null && element.textContent !== text) element.textContent = text;
    element.title = `${inZone} · ${moment.toISOString().replace(".000Z", "Z")}`;
  }
}

async function copy(button) {
  await navigator.clipboard.writeText(button.dataset.copy);
  button.classList.add("copied");
  const label = button.getAttribute("aria-label");
  button.setAttribute("aria-label", button.dataset.copied);
  setTimeout(() => {
    button.classList.remove("copied");
    button.setAttribute("aria-label", label);
  }, 1500);
}

document.addEventListener("click", (event) => {
  const button = event.target.closest("button.copy");
  if (button) copy(button);
  for (const open of document.querySelectorAll("details.pill[open]")) {
    if (!open.contains(event.target)) open.open = false;
  }
});

document.addEventListener("keydown", (event) => {
  const typing = event.target.closest("input, textarea, select, [contenteditable]");
  if (event.key === "/" && !typing && !event.ctrlKey && !event.metaKey && !event.altKey) {
    event.preventDefault();
    document.getElementById("search").focus();
  }
  if (event.key === "Escape") {
    for (const open of document.querySelectorAll("details.pill[open]")) open.open = false;
  }
});

document.addEventListener("htmx:after:swap", writeTimes);
writeTimes();
setInterval(writeTimes, 15_000);
