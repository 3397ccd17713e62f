'use strict';
(() => {
  const one = (id) => document.getElementById(id);
  const all = (what, within) => Array.from((within || document).querySelectorAll(what));
  const form = one('filter');
  const findings = all('article.finding');
  const rows = all('#gaps tbody tr, #controls details tbody tr, #policy tbody tr, #differences article');
  const chosen = { chapter: one('by-chapter'), rule: one('by-rule'), control: one('by-control'), service: one('by-service') };
  let texts = new Map();
  const said = (item) => {
    let text = texts.get(item);
    if (text === undefined) {
      text = item.textContent.toLowerCase();
      texts.set(item, text);
    }
    return text;
  };

  /** Shows what was chosen, hides the rest, and says how many there are. */
  const apply = () => {
    const words = one('search').value.toLowerCase().split(/\s+/).filter((word) => word !== '');
    const severities = new Set(all('input[name=severity]:checked', form).map((box) => box.value));
    const { chapter, rule, control, service } = chosen;
    let shown = 0;
    for (const finding of findings) {
      const data = finding.dataset;
      const matches = severities.has(data.severity)
        && (chapter.value === '' || data.chapter === chapter.value)
        && (rule.value === '' || data.rule === rule.value)
        && (control.value === '' || data.control.split('; ').includes(control.value))
        && (service.value === '' || data.service === service.value)
        && words.every((word) => said(finding).includes(word));
      if (finding.hidden === matches) {
        finding.hidden = !matches;
      }
      shown += matches ? 1 : 0;
    }
    for (const row of rows) {
      row.hidden = !words.every((word) => said(row).includes(word));
    }
    const isChosen = shown !== findings.length;
    for (const behind of all('#findings .behind')) {
      const any = all('article.finding:not([hidden])', behind).length > 0;
      behind.hidden = !any;
      behind.open = any && isChosen;
    }
    for (const group of all('.group')) {
      group.hidden = isChosen && all('article.finding:not([hidden])', group).length === 0;
    }
    one('shown').textContent = shown + ' of ' + findings.length + ' findings shown';
  };

  /** Opens everything that an element is folded in. */
  const reveal = (element) => {
    for (let at = element; at; at = at.parentElement) {
      if (at.tagName === 'DETAILS') {
        at.open = true;
      }
    }
  };

  /** Goes where the address says: to a finding, a chapter, or the findings of a control or rule. */
  const go = () => {
    let name;
    try {
      name = decodeURIComponent(location.hash.slice(1));
    } catch (error) {
      return;
    }
    const choice = /^(control|rule|service)=(.*)$/s.exec(name);
    if (choice && form) {
      form.reset();
      chosen[choice[1]].value = choice[2];
      apply();
      one('findings').scrollIntoView();
      one('by-' + choice[1]).focus({ preventScroll: true });
      return;
    }
    const target = one(name);
    if (!target) {
      return;
    }
    if (form && target.closest('[hidden]')) {
      form.reset();
      apply();
    }
    reveal(target);
    const own = target.matches('.finding') && target.firstElementChild;
    if (own) {
      own.open = true;
      own.querySelector('summary').focus({ preventScroll: true });
    }
    target.scrollIntoView();
    requestAnimationFrame(() => target.scrollIntoView());
  };

  if (form) {
    form.hidden = false;
    let timer = 0;
    form.addEventListener('input', () => {
      clearTimeout(timer);
      timer = setTimeout(apply, 120);
    });
    form.addEventListener('submit', (event) => event.preventDefault());
    form.addEventListener('reset', () => setTimeout(apply, 0));
    const fold = (open) => {
      for (const finding of findings) {
        if (!open || !finding.hidden) {
          finding.firstElementChild.open = open;
        }
      }
    };
    one('unfold').addEventListener('click', () => fold(true));
    one('fold').addEventListener('click', () => fold(false));
    one('shown').textContent = findings.length + ' of ' + findings.length + ' findings shown';
  }

  const themes = [['', 'as the system'], ['light', 'light'], ['dark', 'dark']];
  const theme = one('theme');
  let current = 0;
  theme.hidden = false;
  theme.addEventListener('click', () => {
    current = (current + 1) % themes.length;
    const [name, label] = themes[current];
    if (name === '') {
      delete document.documentElement.dataset.theme;
    } else {
      document.documentElement.dataset.theme = name;
    }
    theme.textContent = 'Theme: ' + label;
  });

  let folded = [];
  addEventListener('beforeprint', () => {
    folded = all('details:not([open])');
    folded.forEach((details) => { details.open = true; });
  });
  addEventListener('afterprint', () => {
    folded.forEach((details) => { details.open = false; });
  });
  addEventListener('hashchange', go);
  if (location.hash.length > 1) {
    // Once the browser has gone there by itself, which moves the focus.
    addEventListener('load', () => setTimeout(go, 0));
  }
})();
