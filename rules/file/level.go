package file

import (
	"strings"

	"gopkg.in/yaml.v3"

	"tocsin/rules"
)

// A rawLevel is a level as written. Its numbers wait for the unit of the rule.
type rawLevel struct {
	pos
	off     bool
	bound   rawBound
	clear   []text
	hold    debounce
	keep    span
	illegal bool // a mistake was reported: whatever follows from it is not
}

// A rawBound is a bound as written. Without a side it is a bare number that
// replaces the one which is inherited.
type rawBound struct {
	pos
	side   rules.Side
	values []text
}

// level reads `off`, a short form such as "above 300ms", or a mapping.
func (d *doc) level(into *rawLevel) setter {
	return func(n *yaml.Node) {
		n = resolve(n)
		before := len(d.sink.all)
		into.pos = d.at(n)
		if n.Kind == yaml.MappingNode {
			d.levelKeys(n, into)
		} else if s, ok := d.scalarAs(n, levelForm); ok {
			d.levelWord(n, s, into)
		}
		into.illegal = d.sink.failed(before)
	}
}

func (d *doc) levelKeys(n *yaml.Node, into *rawLevel) {
	bounds := map[rules.Side]rawBound{}
	bound := func(side rules.Side) setter {
		return func(v *yaml.Node) { bounds[side] = d.bound(v, side) }
	}
	d.object(n, "level", fields{
		"above":           bound(rules.Above),
		"below":           bound(rules.Below),
		"outside":         bound(rules.Outside),
		"clear":           func(v *yaml.Node) { into.clear = d.numbers(v, 1, 2) },
		"for":             d.debounce(&into.hold),
		"keep_firing_for": d.span(&into.keep),
	})
	for _, side := range []rules.Side{rules.Above, rules.Below, rules.Outside} {
		b, ok := bounds[side]
		if !ok {
			continue
		}
		if into.bound.set() {
			b.bad(CodeConflict, "a level has one of above, below and outside").
				Hint = "both sides at once is outside: [low, high]"
			continue
		}
		into.bound = b
	}
}

// bound reads the one number of above and below, or the two of outside.
func (d *doc) bound(n *yaml.Node, side rules.Side) rawBound {
	want := 1
	if side == rules.Outside {
		want = 2
	}
	b := rawBound{pos: d.at(resolve(n)), side: side, values: d.numbers(n, want, want)}
	if len(b.values) != want && len(b.values) > 0 {
		b.bad(CodeType, "%s takes %s", side, howMany(want))
	}
	return b
}

func howMany(n int) string {
	if n == 2 {
		return "two numbers: [low, high]"
	}
	return "one number"
}

// numbers reads a number, or a list of them. How many there may be is said to who
// asks; the caller, who knows why, checks it.
func (d *doc) numbers(n *yaml.Node, least, most int) []text {
	if d.hear(n, yaml.SequenceNode, func(t *takes) {
		t.list, t.size = &takes{scalar: quantityForm}, [2]int{least, most}
	}) {
		if least == 1 {
			_, _ = d.scalarAs(n, quantityForm)
		}
		if null(n) {
			d.ask.refused = true
		}
		return nil
	}
	var all []text
	if n = resolve(n); n.Kind == yaml.SequenceNode {
		d.texts("numbers", &all)(n)
		if len(all) == 0 {
			d.at(n).bad(CodeType, "a number is missing")
		}
		return all
	}
	var t text
	d.text(&t)(n)
	if !t.set() {
		if null(n) {
			d.at(n).bad(CodeMissing, "a number is missing")
		}
		return nil
	}
	return []text{t}
}

// levelWord reads the short forms.
func (d *doc) levelWord(n *yaml.Node, s string, into *rawLevel) {
	words := strings.Fields(s)
	if len(words) == 0 {
		d.at(n).bad(CodeMissing, "a threshold is missing").Hint = levelHint()
		return
	}
	if s == "off" || s == "false" {
		into.off = true
		return
	}
	side := sideOf(words[0])
	if side != rules.Present {
		words = words[1:]
	}
	into.bound = rawBound{pos: d.at(n), side: side}
	for _, w := range boundWords(side, words) {
		into.bound.values = append(into.bound.values, text{d.at(n), w})
	}
	if side == rules.Outside && len(into.bound.values) != 2 {
		d.at(n).bad(CodeType, "%q is not a threshold", short(s)).Hint = "write outside 10 to 20"
	}
}

// boundWords joins the words of a short form to one number, or to the two of
// outside.
func boundWords(side rules.Side, words []string) []string {
	all := strings.Join(words, " ")
	if low, high, ok := strings.Cut(all, " to "); ok && side == rules.Outside {
		return []string{low, high}
	}
	return []string{all}
}

func sideOf(word string) rules.Side {
	switch word {
	case "above", ">":
		return rules.Above
	case "below", "<":
		return rules.Below
	case "outside":
		return rules.Outside
	}
	return rules.Present
}

func levelHint() string {
	return "write {above: 300ms, clear: 250ms, for: 2m}, or above 300ms, or off"
}
