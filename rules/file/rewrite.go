package file

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"gopkg.in/yaml.v3"

	"tocsin/rules"
)

// A Rewrite makes a threshold rule of a presence rule. What it does not name stays
// as it is, to the byte.
type Rewrite struct {
	Rule *SheetRule
	// Cut are the bytes of the expression that are its comparison.
	Cut [2]int
	// Alert is the name from now on: that of the rule, or a beginning of it.
	Alert  string
	Levels []NewLevel
	// Absorb is a rule that goes, since its level is among Levels. Its comments are
	// moved.
	Absorb *SheetRule
}

// A NewLevel is a level that a rule gets.
type NewLevel struct {
	Level   rules.Level
	Side    rules.Side
	Bound   float64
	Written string // the bound as people wrote it, used where it reads the same
	// For and KeepFiringFor are set where levels differ in them; those of the rule
	// go then.
	For, KeepFiringFor string
}

// A Remark is a comment to be put before a rule. One that begins alike is replaced.
type Remark struct {
	Rule *SheetRule
	Text string
}

// remarkMark begins the comments that remarks make.
const remarkMark = "# tocsin convert: "

// A RewriteError says which rewrite cannot be done in the text.
type RewriteError struct {
	Rule *SheetRule
	Text string
}

// Error returns the text.
func (e *RewriteError) Error() string { return e.Text }

// Rewrite returns the text with all rewrites done. Each is read back: if a rule
// is then anything but what was asked for, an error says so and nothing is done.
func (w *Sheet) Rewrite(all []Rewrite, remarks []Remark) ([]byte, error) {
	if w.root == nil { // an empty file
		return w.d.src, nil
	}
	e := newEdits(w.d, w.root)
	for _, r := range all {
		if err := e.rewrite(r); err != nil {
			return nil, &RewriteError{r.Rule, err.Error()}
		}
	}
	for _, r := range remarks {
		e.remark(r)
	}
	text, err := e.apply()
	if err != nil {
		return nil, err
	}
	return text, w.verify(text, all)
}

func (e *edits) rewrite(r Rewrite) error {
	n := r.Rule.raw.n
	if err := e.cutExpr(n, r.Cut); err != nil {
		return err
	}
	if err := e.rename(n, r); err != nil {
		return err
	}
	lines := []string{}
	for _, l := range r.Levels {
		lines = append(lines, l.line(r.Rule.Rule.Unit))
	}
	lines = append(lines, "absent: clear", "no_data: clear")
	if err := e.insert(n, "expr", lines); err != nil {
		return err
	}
	if err := e.dropKeys(n, r); err != nil {
		return err
	}
	if r.Absorb != nil {
		return e.absorb(n, r.Absorb.raw.n)
	}
	return nil
}

// dropKeys removes what the levels say from now on.
func (e *edits) dropKeys(n *yaml.Node, r Rewrite) error {
	own := func(f func(NewLevel) string) bool {
		return slices.ContainsFunc(r.Levels, func(l NewLevel) bool { return f(l) != "" })
	}
	if own(func(l NewLevel) string { return l.For }) {
		if err := e.drop(n, "for"); err != nil {
			return err
		}
	}
	if own(func(l NewLevel) string { return l.KeepFiringFor }) {
		if err := e.drop(n, "keep_firing_for"); err != nil {
			return err
		}
	}
	_, labels := entryOf(n, "labels")
	switch {
	case r.Rule.Severity == nil:
		return nil
	case len(labels.Content) == 2:
		return e.drop(n, "labels")
	}
	return e.drop(labels, severityLabel)
}

// line writes a level.
func (l NewLevel) line(unit rules.Unit) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s: {%s: %s", l.Level, l.Side, boundText(l.Written, l.Bound, unit))
	if l.For != "" {
		b.WriteString(", for: " + l.For)
	}
	if l.KeepFiringFor != "" {
		b.WriteString(", keep_firing_for: " + l.KeepFiringFor)
	}
	return b.String() + "}"
}

// boundText writes a bound as it was written, if a rule of this unit reads it so.
func boundText(written string, v float64, unit rules.Unit) string {
	if q, err := parseQuantity(written, unit); err == nil && q.value == v {
		return written
	}
	if text := strconv.FormatFloat(v, 'f', -1, 64); len(text) <= 20 {
		return text
	}
	return strconv.FormatFloat(v, 'g', -1, 64)
}

// cutExpr takes the comparison out of the expression. Where a plain text would mean
// something else without it, it gets quotes.
func (e *edits) cutExpr(n *yaml.Node, cut [2]int) error {
	_, v := entryOf(n, "expr")
	from, to, ok := e.d.part(v, cut[0], cut[1])
	if !ok {
		return fmt.Errorf("the place of the comparison in the text is not clear")
	}
	left := v.Value[:cut[0]] + v.Value[cut[1]:]
	if v.Style == 0 && !plain(left, flow(n)) {
		start, end, ok := e.extent(v)
		if !ok {
			return fmt.Errorf("the end of the expression in the text is not clear")
		}
		e.add(start, end, "'"+strings.ReplaceAll(left, "'", "''")+"'")
		return nil
	}
	e.add(from, to, "")
	return nil
}

// plain reports whether a text may stand without quotes as the value of a key, in a
// mapping of lines or in one in braces.
func plain(s string, inBraces bool) bool {
	text := "a: " + s
	if inBraces {
		text = "{" + text + "}"
	}
	var n yaml.Node
	if err := yaml.Unmarshal([]byte(text), &n); err != nil || len(n.Content) != 1 || len(n.Content[0].Content) != 2 {
		return false
	}
	v := n.Content[0].Content[1]
	return v.Kind == yaml.ScalarNode && v.Style == 0 && v.ShortTag() == "!!str" && v.Value == strings.TrimSpace(s)
}

// rename cuts the end off the name of the alert.
func (e *edits) rename(n *yaml.Node, r Rewrite) error {
	if r.Alert == r.Rule.Alert {
		return nil
	}
	_, v := entryOf(n, "alert")
	if !strings.HasPrefix(v.Value, r.Alert) {
		return fmt.Errorf("%q is no beginning of %q", r.Alert, v.Value)
	}
	from, to, ok := e.d.part(v, len(r.Alert), len(v.Value))
	if !ok {
		return fmt.Errorf("the place of the name in the text is not clear")
	}
	e.add(from, to, "")
	return nil
}
