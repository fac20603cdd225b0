package file

import (
	"slices"
	"strings"
	"time"

	"gopkg.in/yaml.v3"
)

func (d *doc) silenceFixture(n *yaml.Node) SilenceFixture {
	f := SilenceFixture{Spot: d.placeOf(n)}
	var ms []text
	var from, until, long span
	var by, comment text
	before := len(d.sink.all)
	d.object(n, "silence", fields{
		"matchers": d.oneOrMore("matchers", &ms),
		"from":     d.span(&from),
		"until":    d.span(&until),
		"for":      d.span(&long),
		"by":       d.text(&by),
		"comment":  d.text(&comment),
	})
	f.Matchers, f.From, f.By, f.Comment = parseMatchers(ms), from.d, by.s, comment.s
	f.Until = end(from, until, long)
	if len(ms) == 0 && !d.sink.failed(before) {
		d.at(n).bad(CodeMissing, "a silence needs matchers").Hint = `matchers: ['team="web"']`
	}
	return f
}

// end is when something ends that has until or for; 0 is with the test.
func end(from, until, long span) time.Duration {
	if until.set() && long.set() {
		long.bad(CodeConflict, "until and for exclude one another")
	}
	if long.set() {
		return from.d + long.d
	}
	if until.set() && until.d <= from.d {
		until.bad(CodeDuration, "ends before it begins")
	}
	if !until.set() {
		return 0
	}
	return until.d
}

func (d *doc) ackFixture(n *yaml.Node) AckFixture {
	f := AckFixture{Spot: d.placeOf(n)}
	var at, until, long span
	var by, comment text
	keys := fields{
		"at":      d.span(&at),
		"until":   d.span(&until),
		"for":     d.span(&long),
		"by":      d.text(&by),
		"comment": d.text(&comment),
	}
	d.alertMatch(&f.Match, keys)
	d.object(n, "acknowledgement", keys)
	d.need(n, "an acknowledgement needs at: the time", at.pos)
	f.At, f.By, f.Comment, f.Until = at.d, by.s, comment.s, end(at, until, long)
	return f
}

func (d *doc) outageFixture(n *yaml.Node) OutageFixture {
	f := OutageFixture{Spot: d.placeOf(n)}
	var from, until, long span
	d.object(n, "outage", fields{"from": d.span(&from), "until": d.span(&until), "for": d.span(&long)})
	f.From, f.Until = from.d, end(from, until, long)
	return f
}

func (d *doc) failingFixture(n *yaml.Node) FailingFixture {
	f := FailingFixture{Spot: d.placeOf(n)}
	var to text
	var from, until, long span
	d.object(n, "failing receiver", fields{"to": d.text(&to), "from": d.span(&from), "until": d.span(&until), "for": d.span(&long)})
	f.To, f.From, f.Until = to.s, from.d, end(from, until, long)
	return f
}

// alertMatch adds the keys that name alerts.
func (d *doc) alertMatch(into *AlertMatch, keys fields) {
	keys["alert"] = func(n *yaml.Node) { into.Alert, _ = d.scalar(n) }
	keys["labels"] = d.stringMap("labels", &into.Labels)
	keys["annotations"] = d.stringMap("annotations", &into.Annotations)
	keys["exact"] = func(n *yaml.Node) {
		var f flag
		d.flag(&f)(n)
		into.Exact = f.b
	}
}

// need reports what is missing.
func (d *doc) need(n *yaml.Node, what string, at pos) {
	if !at.set() && resolve(n).Kind == yaml.MappingNode {
		d.at(n).bad(CodeMissing, "%s", what)
	}
}

// word reads one of several words.
func (d *doc) word(into *string, words ...string) setter {
	return func(n *yaml.Node) {
		s, ok := d.scalarAs(n, wordForm(words...))
		if !ok {
			return
		}
		if !slices.Contains(words, s) {
			p := d.at(n).bad(CodeType, "%q is not one of %s", short(s), strings.Join(words, ", "))
			if near := nearest(s, slices.Clone(words)); near != "" {
				p.Hint = "did you mean " + near + "?"
			}
			return
		}
		*into = s
	}
}

// The words that tests use for what the evaluator and the planner say.
func reasonWords() []string {
	return []string{"breached", "recovered", "absent", "no_data", "rule_removed", "rule_changed", "manual", "flapping", "stable", "query_failing", "limit", "duplicate_labels", "source_failing", "receiver_failing"}
}

func whyWords() []string {
	return []string{"first", "raised", "new", "resolved", "changed", "reminder", "digest"}
}

func newsWords() []string {
	return []string{"same", "new", "raised", "lowered", "resolved", "flapping", "stable"}
}

func (d *doc) expectation(n *yaml.Node) Expectation {
	e := Expectation{Spot: d.placeOf(n), Count: -1}
	var at span
	var times count
	var is pos
	keys := fields{
		"at": d.span(&at),
		"is": func(v *yaml.Node) {
			if !null(v) { // is: with nothing behind it says nothing
				is = d.at(v)
			}
			d.word(&e.Is, "ok", "pending", "warn", "error", "firing", "resolved")(v)
		},
		"reason": d.word(&e.Reason, reasonWords()...),
		"count":  d.count(&times),
		"value": func(v *yaml.Node) {
			e.Value = new(float64)
			d.number(e.Value)(v)
		},
	}
	d.alertMatch(&e.AlertMatch, keys)
	before := len(d.sink.all)
	d.object(n, "expectation", keys)
	if d.sink.failed(before) {
		return e
	}
	d.need(n, "an expectation needs at: the time", at.pos)
	d.need(n, "an expectation needs is: ok, pending, warn, error, firing or resolved", is)
	if e.Alert == "" {
		d.need(n, "an expectation needs alert: its name", pos{})
	}
	if e.At = at.d; times.set() {
		e.Count = times.n
	}
	return e
}

// notifications reads the list of messages; an empty one says that nothing is sent.
func (d *doc) notifications(t *SuiteTest) setter {
	return func(n *yaml.Node) {
		if null(n) {
			return
		}
		t.Listed = true
		d.each("notifications", func(n *yaml.Node) { t.Notifications = append(t.Notifications, d.notification(n)) })(n)
	}
}

func (d *doc) notification(n *yaml.Node) NotificationCase {
	c := NotificationCase{Spot: d.placeOf(n)}
	var at, from, until span
	var to, by text
	before := len(d.sink.all)
	d.object(n, "notification", fields{
		"at":    d.span(&at),
		"from":  d.span(&from),
		"until": d.span(&until),
		"to":    d.text(&to),
		"by":    d.text(&by),
		"why":   d.word(&c.Why, whyWords()...),
		"text":  d.patterns(&c.Texts),
		"alerts": func(v *yaml.Node) {
			c.Listed = !null(v)
			d.each("alerts", func(v *yaml.Node) { c.Alerts = append(c.Alerts, d.notifiedAlert(v)) })(v)
		},
	})
	c.To, c.By = to.s, by.s
	switch {
	case d.sink.failed(before):
	case at.set() && (from.set() || until.set()):
		at.bad(CodeConflict, "at excludes from and until")
	case at.set():
		c.From, c.Until, c.Exactly = at.d, at.d, true
	case !until.set():
		d.need(n, "a notification needs at, or until: when it must have been sent", pos{})
	case until.d < from.d:
		until.bad(CodeDuration, "ends before it begins")
	default:
		c.From, c.Until = from.d, until.d
	}
	return c
}

func (d *doc) notifiedAlert(n *yaml.Node) NotifiedAlert {
	a := NotifiedAlert{Spot: d.placeOf(n)}
	keys := fields{
		"is":     d.word(&a.Is, "firing", "resolved", "warn", "error"),
		"news":   d.word(&a.News, newsWords()...),
		"reason": d.word(&a.Reason, reasonWords()...),
	}
	d.alertMatch(&a.AlertMatch, keys)
	d.object(n, "alert", keys)
	return a
}

func (d *doc) quietCase(n *yaml.Node) QuietCase {
	c := QuietCase{Spot: d.placeOf(n)}
	var from, until, long span
	var to text
	keys := fields{"from": d.span(&from), "until": d.span(&until), "for": d.span(&long), "to": d.text(&to)}
	d.alertMatch(&c.Match, keys)
	before := len(d.sink.all)
	d.object(n, "time", keys)
	c.From, c.To, c.Until = from.d, to.s, end(from, until, long)
	if c.Until == 0 && !d.sink.failed(before) {
		d.need(n, "a time in which nothing is sent needs until, or for", pos{})
	}
	return c
}
