
"use strict";
// Pointing at a word of a summary highlights the words of its document that the chosen attention head attended to when
// the word was generated. The texts are in the page. An article's figures are in its JSON: for every head (heads), word
// of the summary (words) and rank (kept), the source word (index) and its share of the attention in 255ths (weight).
// A summary of verbatim sentences only has no heads.

function unpack(base64, Type) {
  const bytes = Uint8Array.from(atob(base64), (c) => c.charCodeAt(0));
  return new Type(bytes.buffer);
}

function element(name, properties = {}, ...children) {
  const made = Object.assign(document.createElement(name), properties);
  made.append(...children);
  return made;
}

const percent = (share) => (share > 0 && share < 0.01 ? "< 1 %" : `${Math.round(share * 100)} %`);

// The controls and figures of one article, under its summary.
class AttentionPanel {
  constructor(article, data) {
    this.data = data;
    this.index = unpack(data.index, data.bits === 16 ? Uint16Array : Uint32Array);
    this.weight = unpack(data.weight, Uint8Array);
    this.words = [...article.querySelectorAll(".word")];
    this.lines = article.querySelector(".lines");
    this.sources = new Map(); // source word → its elements: a word may be broken over two lines
    for (const each of this.lines.querySelectorAll("[data-source]")) {
      const number = Number(each.dataset.source);
      this.sources.set(number, [...(this.sources.get(number) ?? []), each]);
    }
    this.pinned = this.focused = this.pointed = null;
    this.makeControls();
    this.detail = element("div", { className: "detail" });
    this.detail.setAttribute("aria-live", "polite");
    const controls = data.heads.length ? [this.controls] : [];
    article.querySelector(".sticky").append(element("div", { className: "attention" }, ...controls, this.detail));
    this.listen(article.querySelector(".summary ol"));
    this.show();
  }

  makeControls() {
    const kinds = [...new Set(this.data.heads.map(([layer]) => layer))];
    const heads = (layer) => this.data.heads.filter(([l]) => l === layer).map(([, head]) => head);
    const kind = element("select", {}, ...kinds.map((l) => new Option(l === null ? "Pointer" : `Layer ${l}`, l ?? "")));
    const head = element("select");
    const fill = () => {
      const before = head.value;
      const layer = kind.value === "" ? null : Number(kind.value);
      head.replaceChildren(...heads(layer).map((h) => new Option(h === null ? "mean of all" : `${h}`, h ?? "")));
      head.value = before;
      if (head.selectedIndex < 0) head.selectedIndex = 0;
    };
    const choose = () => {
      const [layer, number] = [kind.value, head.value].map((value) => (value === "" ? null : Number(value)));
      this.head = this.data.heads.findIndex(([l, h]) => l === layer && h === number);
    };
    kind.addEventListener("change", () => (fill(), choose(), this.show()));
    head.addEventListener("change", () => (choose(), this.show()));
    fill();
    choose();
    const label = (text, select) => element("label", {}, text, select);
    this.controls = element("div", { className: "choices" }, label("Attention", kind), label("Head", head));
  }

  listen(list) {
    list.setAttribute("role", "group");
    list.setAttribute("aria-label", "Words of the summary: arrow keys move through them");
    for (const word of this.words) {
      word.setAttribute("role", "button");
      word.setAttribute("aria-pressed", "false");
      word.tabIndex = -1;
    }
    const reachable = this.words.filter((word) => !word.classList.contains("mark"));
    if (reachable.length) reachable[0].tabIndex = 0;
    const wordOf = (event) => event.target.closest?.(".word");
    const numberOf = (event) => (wordOf(event) ? Number(wordOf(event).dataset.word) : null);
    list.addEventListener("pointerover", (event) => wordOf(event) && this.show({ pointed: numberOf(event) }));
    list.addEventListener("pointerleave", () => this.show({ pointed: null }));
    list.addEventListener("focusin", (event) => this.show({ focused: numberOf(event), pointed: null }));
    list.addEventListener("focusout", () => this.show({ focused: null }));
    list.addEventListener("click", (event) => this.pin(numberOf(event)));
    list.addEventListener("keydown", (event) => this.press(event, wordOf(event), reachable));
    this.lines.addEventListener("pointerover", (event) => this.showCopies(event.target.closest?.("[data-source]")));
    this.lines.addEventListener("pointerleave", () => this.showCopies(null));
  }

  press(event, word, reachable) {
    if (!word || event.altKey || event.ctrlKey || event.metaKey) return;
    const at = reachable.indexOf(word);
    const sentence = (each) => this.data.words[Number(each.dataset.word)].sentence;
    const after = reachable.findIndex((each) => sentence(each) > sentence(word));
    const before = reachable.findIndex((each) => sentence(each) === sentence(word) - 1);
    const isRightToLeft = getComputedStyle(word.closest(".sentence")).direction === "rtl";
    const aside = isRightToLeft ? -1 : 1;
    const targets = { ArrowRight: at + aside, ArrowLeft: at - aside, ArrowDown: after, ArrowUp: before, Home: 0,
      End: reachable.length - 1 };
    if (event.key === "Enter" || event.key === " ") this.pin(Number(word.dataset.word));
    else if (event.key === "Escape") this.clear();
    else if (event.key in targets) {
      const target = reachable[targets[event.key]];
      if (target) {
        for (const each of reachable) each.tabIndex = each === target ? 0 : -1;
        target.focus();
      }
    } else return;
    event.preventDefault();
  }

  pin(number) {
    if (number !== null) this.show({ pinned: this.pinned === number ? null : number });
  }

  clear() {
    this.show({ pinned: null, focused: null, pointed: null });
  }

  show(change = {}) {
    Object.assign(this, change);
    const number = this.pointed ?? this.focused ?? this.pinned;
    this.lines.classList.toggle("spot", number !== null);
    for (const each of this.lines.querySelectorAll(".lit, .strong, .source, .passage")) {
      each.classList.remove("lit", "strong", "source", "passage");
      each.style.removeProperty("--weight");
    }
    this.words.forEach((word, i) => {
      word.classList.toggle("now", i === number);
      word.setAttribute("aria-pressed", String(i === this.pinned));
    });
    if (number === null) {
      const hint = "Point at a word of the summary, tap it, or move through the words with the arrow keys, to see " +
        "what the model attended to when it generated the word. Enter pins a word, Esc releases it.";
      this.detail.replaceChildren(element("p", {}, hint));
      return;
    }
    const attended = this.attended(number);
    this.highlight(this.data.words[number], attended);
    this.describe(number, attended);
  }

  attended(number, head = this.head) {
    const attended = [];
    const start = (head * this.data.words.length + number) * this.data.kept;
    for (let i = start; i < start + this.data.kept; i++) {
      if (this.weight[i]) attended.push([this.index[i], this.weight[i] / 255]);
    }
    return attended;
  }

  elements([first, end] = [0, 0]) {
    const elements = [];
    for (let i = first; i < end; i++) elements.push(...(this.sources.get(i) ?? []));
    return elements;
  }

  highlight(word, attended) {
    for (const passage of this.data.passages[word.sentence]) {
      for (const each of this.elements(passage)) each.classList.add("passage");
    }
    for (const [source, share] of attended) {
      for (const each of this.sources.get(source) ?? []) {
        each.classList.add("lit");
        each.classList.toggle("strong", share > 0.3);
        each.style.setProperty("--weight", `${Math.round(100 * Math.sqrt(share))}%`);
      }
    }
    const copied = this.elements(word.source);
    for (const each of copied) each.classList.add("source");
    const best = copied[0] ?? (attended[0]?.[1] > 0.1 ? this.sources.get(attended[0][0])?.[0] : null);
    if (best) this.reveal(best);
  }

  reveal(target) {
    const box = this.lines.getBoundingClientRect();
    const { top, bottom } = target.getBoundingClientRect();
    if (top < box.top || bottom > Math.min(box.bottom, innerHeight)) {
      this.lines.scrollTop += top - box.top - box.height / 3;
    }
  }

  describe(number, attended) {
    const word = this.data.words[number];
    const why = { number: "a number that the document does not contain", name: "a name that the document does not " +
      "contain", word: "a word that the document does not contain" }[word.kind];
    const title = element("p", {}, element("b", { textContent: this.words[number].textContent, dir: "auto" }));
    const line = this.elements(word.source)[0]?.closest("p");
    if (line) title.append(" ", element("a", { href: `#${line.id}`, textContent: `line ${line.dataset.line}` }));
    if (why) title.append(" ", element("span", { className: word.kind === "word" ? "" : "why" }, `— ${why}`));
    const bars = element("dl", { className: "bars" });
    const add = (name, share, kind = "") => {
      const bar = element("dd", { className: `bar ${kind}` });
      bar.style.setProperty("--share", share);
      bars.append(element("dt", { textContent: name, dir: "auto" }), bar, element("dd", {}, percent(share)));
    };
    add("copied", word.copied);
    this.detail.replaceChildren(title, bars);
    if (!this.data.heads.length) return;
    if (!this.data.heads.some((_, head) => this.attended(number, head).length)) {
      bars.append(element("dt", { className: "gap" }, "the sentence is in the document verbatim"));
      return;
    }
    add("p_gen", word.p_gen, "writing");
    const isPointer = this.data.heads[this.head][0] === null;
    const heading = isPointer ? "the pointer attended to" : "attended to, besides the summary itself";
    bars.append(element("dt", { className: "gap" }, attended.length ? heading : "no word of the document stands out"));
    for (const [source, share] of attended.slice(0, 4)) {
      add((this.sources.get(source) ?? []).map((each) => each.textContent).join(""), share);
    }
  }

  showCopies(source) {
    const number = source ? Number(source.dataset.source) : -1;
    this.words.forEach((word, i) => {
      const [first, end] = this.data.words[i].source;
      word.classList.toggle("copied-here", first <= number && number < end);
    });
  }
}

function listDocuments(articles) {
  const list = element("ol");
  for (const article of articles) {
    const link = element("a", { href: `#${article.id}`, textContent: article.querySelector("h2").textContent });
    list.append(element("li", {}, link));
  }
  const nav = element("nav", {}, list);
  nav.setAttribute("aria-label", "Documents");
  document.querySelector("main").before(nav);
}

const articles = [...document.querySelectorAll("article")];
if (articles.length > 1) listDocuments(articles);
for (const article of articles) {
  const data = article.querySelector('script[type="application/json"]');
  if (data) new AttentionPanel(article, JSON.parse(data.textContent));
}
