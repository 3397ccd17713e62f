// The page that `-o html` writes, in a real browser: what it shows, what it does, what it lets no
// text do. Run by `./run`.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { after, before, test } from 'node:test';
import { fileURLToPath, pathToFileURL } from 'node:url';
import puppeteer from 'puppeteer-core';

const here = dirname(fileURLToPath(import.meta.url));
const cases = join(here, '../../fixtures');
const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const folder = mkdtempSync(join(tmpdir(), 'driftseal-page-'));
const FOUNDING = ['cloud-tracing', 'finance', 'healthcare'];
const HOSTILE = [
  '<script>window.forged = 1</script>',
  '</script><script>window.forged = 1</script>',
  '"><img src=x onerror="window.forged = 1">',
  'javascript:window.forged=1',
  '</style><style>*{display:none}</style>',
  '</title></summary></details></article></main><iframe src="https://example.com"></iframe>',
  '\u001b[31mred\u001b[0m\u202eesrever\u2066\u200b',
  '\u05e9\u05dc\u05d5\u05dd \u{1f468}\u200d\u{1f469}\u200d\u{1f467} gr\u00f6\u00dfe',
  "' onmouseover='window.forged=1",
  `${'long '.repeat(200000)}`,
];
let browser;

/** Runs the program; a verdict is no error. */
const driftseal = (...args) => {
  try {
    execFileSync(process.env.DRIFTSEAL, args, { cwd: folder, stdio: ['ignore', 'pipe', 'pipe'] });
  } catch (error) {
    if (![1, 3].includes(error.status)) {
      throw new Error(`driftseal ${args.join(' ')}: ${error.stderr}`);
    }
  }
};

const report = (name) => JSON.parse(readFileSync(join(folder, `${name}.json`), 'utf8'));

/** Writes a report that never was, and its page. */
const invented = (name, document) => {
  writeFileSync(join(folder, `${name}.json`), JSON.stringify(document));
  driftseal('report', '--unverified', `${name}.json`, '-o', `html=${name}.html`);
};

/** Opens a page and collects what must not happen on it. */
const open = async (name, { hash = '', prepare } = {}) => {
  const page = await browser.newPage();
  const wrong = [];
  page.on('console', (message) => wrong.push(`console: ${message.text()}`));
  page.on('pageerror', (error) => wrong.push(`error: ${error}`));
  page.on('dialog', (dialog) => { wrong.push(`dialog: ${dialog.message()}`); dialog.dismiss(); });
  page.on('request', (request) => {
    if (!request.url().startsWith('file://') || !request.isNavigationRequest()) {
      wrong.push(`request: ${request.url().slice(0, 80)}`);
    }
  });
  await page.setViewport({ width: 1280, height: 900 });
  if (prepare) {
    await prepare(page);
  }
  await page.goto(pathToFileURL(join(folder, `${name}.html`)).href + hash, { timeout: 60000 });
  return { page, wrong };
};

const shown = (page) => page.$$eval('article.finding', (all) => all.filter((one) => !one.closest('[hidden]')).length);
const settle = (page) => page.evaluate(() => new Promise((done) => setTimeout(done, 250)));

before(async () => {
  for (const name of FOUNDING) {
    driftseal('gate', '--config', join(cases, name, 'driftseal.toml'),
      '-o', `html=${name}.html`, '-o', `json=${name}.json`);
  }
  const first = report('cloud-tracing');
  const severities = ['critical', 'high', 'medium', 'low', 'info'];
  const states = ['introduced', 'inherited', 'resolved'];
  const many = Array.from({ length: 5000 }, (_, nth) => ({
    ...first.findings[nth % first.findings.length],
    fingerprint: `dsf1:${String(nth).padStart(24, '0')}`,
    rule: `DS-TRC-${String(nth % 60).padStart(3, '0')}`,
    severity: severities[nth % 5],
    state: states[nth % 3],
    disposition: nth % 7 === 0 ? 'waived' : 'open',
    follows: null,
    resource: `k8s:apps/v1/Deployment/shop/service-${nth % 120}`,
  }));
  invented('many', { ...first, findings: many });
  invented('hostile', hostile(first));
  browser = await puppeteer.launch({
    executablePath: process.env.CHROMIUM ?? 'chromium',
    args: ['--no-sandbox', '--disable-gpu'],
  });
}, { timeout: 120000 });

after(async () => {
  await browser?.close();
  rmSync(folder, { recursive: true });
});

function hostile(first) {
  const texts = HOSTILE;
  const base = first.findings[0];
  const findings = texts.map((text) => ({
    ...base, fingerprint: `dsf1:${text.slice(0, 60)}`, instance: text, rule: text.slice(0, 60), title: text,
    message: text, remediation: text, controls: [text.slice(0, 99)], resource: text, path: text, group: '',
    follows: null, values: { blue: text, green: `${text}.` },
    places: { blue: { ...base.places.blue, file: text }, green: null },
    excerpts: { blue: { line: 7, lines: [text, `  a: ${text}`, text], marks: [{ line: 8, start: 6, end: 99 }], more: 4294967295 }, green: null },
  }));
  const gaps = texts.map((text) => ({ side: 'green', file: text, line: 1, reason: text.slice(0, 40), message: text, accepted: false }));
  const hygiene = texts.map((text) => ({ rule: text.slice(0, 40), severity: 'low', subject: text, message: text }));
  const services = first.trace.services.map((service, nth) => ({ ...service, service: texts[nth % 9], settings: texts[(nth + 3) % 9] }));
  return { ...first, findings, gaps, hygiene, trace: { ...first.trace, services } };
}

test('the founding cases open without a request, an error or a serious barrier, light and dark', async () => {
  for (const name of FOUNDING) {
    for (const scheme of ['light', 'dark']) {
      const { page, wrong } = await open(name, {
        prepare: (page) => page.emulateMediaFeatures([{ name: 'prefers-color-scheme', value: scheme }]),
      });
      const document = report(name);
      assert.equal(await shown(page), document.findings.length);
      const verdict = await page.$eval('h1', (head) => head.textContent);
      assert.ok(verdict.startsWith(document.verdict.toUpperCase()), verdict);
      await page.$$eval('details', (all) => all.forEach((one) => { one.open = true; }));
      await page.evaluate(axe);
      const { violations } = await page.evaluate(() => globalThis.axe.run(document, { resultTypes: ['violations'] }));
      const serious = violations.filter((one) => ['serious', 'critical'].includes(one.impact));
      const said = serious.map((one) => `${one.id}: ${one.nodes.slice(0, 3).map((node) => node.html.slice(0, 120)).join(' | ')}`);
      assert.deepEqual(said, [], `${name} ${scheme}`);
      assert.deepEqual(wrong, []);
      await page.close();
    }
  }
});

test('findings show the lines they are about, with the value marked', async () => {
  const { page, wrong } = await open('finance');
  const { findings } = report('finance');
  const wanted = findings.filter((one) => one.excerpts.blue || one.excerpts.green);
  assert.ok(wanted.length > 5, 'too few excerpts');
  for (const { fingerprint, excerpts } of wanted) {
    const told = await page.$$eval(`[id="finding-${fingerprint}"] .source`, (all) => all.map((one) => ({
      lines: Array.from(one.querySelectorAll('.line'), (line) => line.textContent.trimEnd()),
      marks: Array.from(one.querySelectorAll('mark'), (mark) => mark.textContent),
    })));
    const held = [excerpts.blue, excerpts.green].filter(Boolean).map(({ line, lines, marks }) => ({
      lines: lines.map((text, nth) => `${line + nth} ${text}`.trimEnd()),
      marks: marks.map((mark) => [...lines[mark.line - line]].slice(mark.start - 1, mark.end - 1).join('')),
    }));
    assert.deepEqual(told, held);
  }
  assert.deepEqual(wrong, []);
  await page.close();
});

test('filters and search show what they should, and say how many', async () => {
  const { page, wrong } = await open('many');
  const { findings } = report('many');
  const count = async (of, what) => {
    await settle(page);
    const wanted = findings.filter(of).length;
    assert.ok(wanted > 0, what);
    assert.equal(await shown(page), wanted, what);
    const said = await page.$eval('#shown', (output) => output.textContent);
    assert.equal(said, `${wanted} of 5000 findings shown`, what);
  };
  await count(() => true, 'all');
  await page.click('input[name=severity][value=low]');
  await count((one) => one.severity !== 'low', 'severity');
  await page.click('button[type=reset]');
  await page.select('#by-rule', 'DS-TRC-007');
  await count((one) => one.rule === 'DS-TRC-007', 'rule');
  await page.select('#by-service', 'service-7');
  await count((one) => one.rule === 'DS-TRC-007' && one.resource.endsWith('/service-7'), 'rule and service');
  await page.click('button[type=reset]');
  await page.select('#by-control', 'nist:AU-12');
  await count((one) => one.controls.includes('nist:AU-12'), 'control');
  await page.click('button[type=reset]');
  await page.select('#by-chapter', 'resolved');
  await count((one) => one.state === 'resolved', 'state');
  await page.click('button[type=reset]');
  await page.type('#search', 'DS-TRC-011 service-11');
  await count((one) => one.rule === 'DS-TRC-011' && /service-11\d?$/.test(one.resource), 'search');
  assert.deepEqual(wrong, []);
  await page.close();
});

test('a deep link opens its finding and moves the focus there, and a control leads to its findings', async () => {
  const { findings } = report('many');
  const wanted = findings[4321].fingerprint;
  const { page } = await open('many', { hash: `#finding-${wanted}` });
  await settle(page);
  const state = await page.evaluate((id) => {
    const article = document.getElementById(id);
    const box = article.getBoundingClientRect();
    return {
      open: article.querySelector('details').open,
      focused: article.contains(document.activeElement),
      seen: box.top >= 0 && box.top < innerHeight,
    };
  }, `finding-${wanted}`);
  assert.deepEqual(state, { open: true, focused: true, seen: true });
  await page.evaluate(() => { location.hash = '#control=nist:AU-12'; });
  await settle(page);
  assert.equal(await shown(page), findings.filter((one) => one.controls.includes('nist:AU-12')).length);
  await page.evaluate((id) => { location.hash = `#${id}`; }, `finding-${findings.find((one) => !one.controls.includes('nist:AU-12')).fingerprint}`);
  await settle(page);
  assert.equal(await shown(page), 5000, 'a link to what a filter hides resets the filter');
  await page.close();
});

test('everything is reached and unfolded by keyboard', async () => {
  const { page } = await open('cloud-tracing');
  await page.keyboard.press('Tab');
  assert.equal(await page.evaluate(() => document.activeElement.className), 'skip');
  const met = new Set();
  for (let press = 0; press < 80; press += 1) {
    await page.keyboard.press('Tab');
    const at = await page.evaluate(() => {
      const one = document.activeElement;
      return { tag: one.tagName, id: one.id, outline: getComputedStyle(one).outlineStyle };
    });
    met.add(at.id || at.tag);
    assert.notEqual(at.outline, 'none', `${at.tag} ${at.id} shows no focus`);
    if (at.tag === 'SUMMARY') {
      break;
    }
  }
  for (const id of ['theme', 'search', 'by-rule', 'by-control', 'unfold', 'SUMMARY']) {
    assert.ok(met.has(id), `${id} is not reached`);
  }
  const isOpen = () => page.evaluate(() => document.activeElement.parentElement.open);
  const before = await isOpen();
  await page.keyboard.press('Enter');
  assert.equal(await isOpen(), !before);
  await page.close();
});

test('the theme is chosen by button, and paper shows everything unfolded', async () => {
  const { page } = await open('finance');
  const paper = () => page.evaluate(() => getComputedStyle(document.body).backgroundColor);
  const light = await paper();
  await page.click('#theme');
  await page.click('#theme');
  assert.notEqual(await paper(), light);
  await page.emulateMediaType('print');
  await page.evaluate(() => dispatchEvent(new Event('beforeprint')));
  assert.equal(await page.$$eval('details:not([open])', (all) => all.length), 0);
  assert.equal(await page.$eval('#filter', (form) => getComputedStyle(form).display), 'none');
  assert.notEqual(await page.$eval('.print-only', (one) => getComputedStyle(one).display), 'none');
  assert.equal(await paper(), 'rgb(255, 255, 255)');
  await page.evaluate(() => dispatchEvent(new Event('afterprint')));
  assert.ok((await page.$$eval('details:not([open])', (all) => all.length)) > 0);
  const pdf = Buffer.from(await page.pdf({ format: 'A4' }));
  assert.equal(pdf.subarray(0, 5).toString(), '%PDF-');
  const pages = pdf.toString('latin1').match(/\/Type\s*\/Page\b/g)?.length ?? 0;
  assert.ok(pages > 5, `${pages} pages: something stayed folded`);
  await page.close();
});

test('five thousand findings are painted within a second and filtered within another', async () => {
  const times = [];
  for (let run = 0; run < 3; run += 1) {
    const { page, wrong } = await open('many');
    const paint = await page.evaluate(() => performance.getEntriesByName('first-contentful-paint')[0]?.startTime);
    assert.ok(paint > 0, 'nothing was painted');
    const filter = await page.evaluate(async () => {
      const start = performance.now();
      document.getElementById('search').value = 'service-77';
      document.getElementById('filter').dispatchEvent(new Event('input'));
      const output = document.getElementById('shown');
      const before = output.textContent;
      while (output.textContent === before) {
        await new Promise((done) => setTimeout(done, 10));
      }
      return performance.now() - start;
    });
    times.push({ paint: Math.round(paint), filter: Math.round(filter) });
    assert.deepEqual(wrong, []);
    await page.close();
  }
  console.log('5,000 findings, ms:', JSON.stringify(times));
  // The machine may be busy with something else: the best of three counts.
  assert.ok(Math.min(...times.map((one) => one.paint)) < 1000, JSON.stringify(times));
  assert.ok(Math.min(...times.map((one) => one.filter)) < 1000, JSON.stringify(times));
});

test('hostile texts stay texts', async () => {
  const { page, wrong } = await open('hostile');
  await page.$$eval('details', (all) => all.forEach((one) => { one.open = true; }));
  await settle(page);
  const found = await page.evaluate(() => ({
    forged: globalThis.forged ?? 0,
    frames: document.querySelectorAll('iframe, img, object, embed, link, base, video, audio').length,
    scripts: document.querySelectorAll('script').length,
    styles: document.querySelectorAll('style').length,
    handlers: Array.from(document.querySelectorAll('*')).filter((one) => one.getAttributeNames().some((name) => name.startsWith('on'))).length,
    links: Array.from(document.querySelectorAll('a[href]')).filter((one) => !one.getAttribute('href').startsWith('#')).length,
    // eslint-disable-next-line no-control-regex
    hidden: (document.body.textContent.match(/[\u0000-\u0008\u001b\u200b\u202a-\u202e\u2066-\u2069]/g) ?? []).length,
    articles: document.querySelectorAll('article.finding').length,
    wide: document.documentElement.scrollWidth - innerWidth,
    said: document.body.textContent.includes('NOT VERIFIED'),
  }));
  assert.deepEqual({ ...found, wide: found.wide <= 0 }, {
    forged: 0, frames: 0, scripts: 1, styles: 1, handlers: 0, links: 0, hidden: 0,
    articles: HOSTILE.length, wide: true, said: true,
  });
  assert.deepEqual(wrong, []);
  await page.close();
});

test('without scripts the whole report is there to read', async () => {
  const { page, wrong } = await open('cloud-tracing', { prepare: (page) => page.setJavaScriptEnabled(false) });
  const text = await page.$eval('main', (main) => main.textContent);
  for (const finding of report('cloud-tracing').findings) {
    assert.ok(text.includes(finding.fingerprint) && text.includes(finding.title));
  }
  assert.equal(await page.$eval('#filter', (form) => getComputedStyle(form).display), 'none');
  assert.deepEqual(wrong, []);
  await page.close();
});
