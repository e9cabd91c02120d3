// Reads feeds with ical.js (Thunderbird, Nextcloud, FullCalendar) in strict mode, which throws at what it cannot read.
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import ICAL from "ical.js";

ICAL.design.strict = true;
const HALF_HOUR = 1800;

function read(body) {
  const calendar = new ICAL.Component(ICAL.parse(body));
  return { entries: calendar.getAllSubcomponents("vevent").map(entry), complaints: [] };
}

function entry(event) {
  const one = (name) => {
    const found = event.getAllProperties(name);
    return found.length === 1 ? found[0].getFirstValue() : null;
  };
  const stamp = (name) => new Date(one(name).toUnixTime() * 1000).toISOString().replace(".000Z", "Z");
  return {
    uid: one("uid"),
    recurrence_id: one("recurrence-id"),
    start: moment(one("dtstart")),
    end: moment(one("dtend")),
    summary: one("summary"),
    description: one("description"),
    location: one("location"),
    status: one("status"),
    categories: event.getAllProperties("categories").flatMap((line) => line.getValues()),
    url: one("url"),
    geo: one("geo"),
    sequence: one("sequence"),
    stamp: stamp("dtstamp"),
    modified: stamp("last-modified"),
    created: stamp("created"),
  };
}

function moment(time) {
  if (time.isDate) return { date: time.toString() };
  if (time.zone === ICAL.Timezone.localTimezone) return { floating: time.toString() };
  // The wall clock as it holds it: its way back from UTC errs in zones far from Greenwich, which `offsets` measures.
  return { instant: time.convertToZone(ICAL.Timezone.utcTimezone).toString(), wall: time.toString().slice(0, 19) };
}

function offsets(body, from, count) {
  const zone = new ICAL.Timezone(new ICAL.Component(ICAL.parse(body)).getFirstSubcomponent("vtimezone"));
  const start = Date.parse(`${from}Z`) / 1000;
  const asked = Array.from({ length: count }, (_, n) => ask(zone, start + n * HALF_HOUR));
  return { as_utc: runs(asked.map((pair) => pair[0])), as_wall: runs(asked.map((pair) => pair[1])) };
}

function ask(zone, seconds) {
  const utc = ICAL.Time.fromJSDate(new Date(seconds * 1000), true);
  const shown = utc.convertToZone(zone);
  const wall = utc.clone();
  wall.zone = zone;
  shown.zone = ICAL.Timezone.utcTimezone;
  return [shown.toUnixTime() - seconds, seconds - wall.toUnixTime()];
}

function runs(values) {
  const found = [];
  for (const value of values) {
    if (found.length && found.at(-1)[0] === value) found.at(-1)[1] += 1;
    else found.push([value, 1]);
  }
  return found;
}

const [mode, folder, from, count] = process.argv.slice(2);
const told = {};
for (const name of readdirSync(folder).filter((name) => name.endsWith(".ics")).sort()) {
  const body = readFileSync(join(folder, name), "utf8");
  try {
    told[name] = mode === "entries" ? read(body) : offsets(body, from, Number(count));
  } catch (error) {
    if (mode !== "entries") throw error;
    told[name] = { entries: [], complaints: [`${error.name}: ${error.message}`] };
  }
}
process.stdout.write(JSON.stringify(told));
