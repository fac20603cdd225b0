package convert

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/prometheus/common/model"

	"tocsin/rules"
)

// pair joins rules of a warning and of an error about one thing.
func (c *conversion) pair() {
	for i, a := range c.all {
		if a.outcome != Converted {
			continue
		}
		mates := c.mates(a)
		switch {
		case len(mates) == 0:
		case len(mates) > 1 || len(c.mates(mates[0])) > 1:
			a.apart("there are several rules that it could be one with")
		case c.mates(mates[0])[0] != a:
			a.apart("their labels differ")
		case slices.Index(c.all, mates[0]) < i: // was judged from the other side
		default:
			c.join(a, mates[0])
		}
	}
}

// mates are the rules that could be the other level of a rule: those with its labels if
// there are such.
func (c *conversion) mates(a *candidate) []*candidate {
	var all, alike []*candidate
	for _, b := range c.all {
		if b == a || b.outcome != Converted || b.level == a.level || b.rule.Group != a.rule.Group ||
			b.against.Raw != a.against.Raw || b.against.Side != a.against.Side || a.stem() != b.stem() {
			continue
		}
		all = append(all, b)
		if slices.Equal(labels(a.rule.Rule), labels(b.rule.Rule)) {
			alike = append(alike, b)
		}
	}
	if len(alike) > 0 {
		return alike
	}
	return all
}

// apart leaves a rule without its other level.
func (k *candidate) apart(why string) {
	k.notes = append(k.notes, "not one rule with its other level: "+why)
}

// join makes two rules one, the first in the text, if nothing changes by it.
func (c *conversion) join(a, b *candidate) {
	warn, err := a, b
	if a.level == rules.Error {
		warn, err = b, a
	}
	if why := c.differ(warn, err); why != "" {
		for _, k := range []*candidate{a, b} {
			k.apart(why)
		}
		return
	}
	name := a.rule.Alert
	if a.rule.Alert != b.rule.Alert {
		name = a.stem()
		a.notes = append(a.notes, fmt.Sprintf("%s and %s are called %s now: routes, silences and inhibitions that name them have to follow",
			warn.rule.Alert, err.rule.Alert, name))
	}
	a.outcome, a.other, a.alert = Merged, b, name
	b.outcome, b.other = Absorbed, a
}

// stem is the name without a word for the level behind it.
func (k *candidate) stem() string {
	words := []string{"Warning", "Warn"}
	if k.level == rules.Error {
		words = []string{"Critical", "Crit", "Error", "Err", "Page"}
	}
	name := k.rule.Alert
	for _, w := range words {
		if stem, ok := cutWord(name, w); ok {
			return stem
		}
	}
	return name
}

// cutWord cuts a word off the end of a name, if it is one: after a sign, or with
// a capital.
func cutWord(name, word string) (string, bool) {
	at := len(name) - len(word)
	if at <= 0 || !strings.EqualFold(name[at:], word) {
		return name, false
	}
	stem := strings.TrimRight(name[:at], "_-. ")
	return stem, stem != "" && (len(stem) < at || name[at:] == word)
}

// differ says what keeps two levels from being one rule; nothing if it would fire
// as the two do.
func (c *conversion) differ(warn, err *candidate) string {
	w, e := warn.rule.Rule, err.rule.Rule
	switch {
	case warn.rule.ID || err.rule.ID:
		return "one of them has an id"
	case warn.rule.Anchored() || err.rule.Anchored():
		return "one of them has a YAML anchor"
	case !warn.rule.OwnLines || !err.rule.OwnLines:
		return "they do not stand on lines of their own"
	case w.Limit != 0 || e.Limit != 0:
		return "limit would count both levels together"
	case w.Source != e.Source || w.Unit != e.Unit || w.Flap != e.Flap || schedule(w) != schedule(e):
		return "they differ in source, unit, flap or schedule"
	case !slices.Equal(labels(w), labels(e)):
		return "their labels differ"
	case warn.rule.ValueInLabels:
		return "a label holds the value, which would be that of the first level to fire"
	case !slices.Equal(w.Annotations, e.Annotations):
		return "their annotations differ (" + firstDifference(w.Annotations, e.Annotations) + ")"
	case !beyond(err, warn):
		return fmt.Sprintf("error (%s) does not lie beyond warn (%s)", number(err.bound), number(warn.bound))
	case warn.alert != err.alert && c.taken(warn, err):
		return fmt.Sprintf("%s is the name of another rule of the group", warn.stem())
	}
	return delays(w.Levels.Warn, e.Levels.Error)
}

// beyond reports whether an error is breached by fewer values than its warning.
func beyond(err, warn *candidate) bool {
	if err.against.Side == rules.Below {
		return err.bound < warn.bound
	}
	return err.bound > warn.bound
}

// delays says why two levels would not fire as two rules do. In one rule a warning
// begins with its error at the latest, and ends with it at the earliest; so it must
// not have done otherwise by itself.
func delays(warn, err *rules.LevelRule) string {
	longest := max(5*time.Minute, warn.For) // after such a gap a pending warning begins anew
	switch {
	case warn.Votes != err.Votes:
		return "one of them asks for votes, or for others"
	case warn.For > err.For:
		return fmt.Sprintf("warn waits longer (%s) than error (%s), so an error that is soon over would leave a warning that did not fire; with one for they could be", words(warn.For), words(err.For))
	case warn.For > 0 && err.For > longest:
		return fmt.Sprintf("after a gap in the data warn (for %s) could begin anew where error (for %s) goes on; with one for they could be", words(warn.For), words(err.For))
	case warn.KeepFiringFor < err.KeepFiringFor && (warn.For > 0 || warn.Votes.Of > 0):
		return fmt.Sprintf("error keeps firing for longer (%s) than warn (%s), which could fire anew meanwhile without having waited", words(err.KeepFiringFor), words(warn.KeepFiringFor))
	}
	return ""
}

func words(d time.Duration) string { return model.Duration(d).String() }

// taken reports whether the name of a pair is that of another rule of the group.
func (c *conversion) taken(warn, err *candidate) bool {
	return slices.ContainsFunc(c.all, func(k *candidate) bool {
		return k != warn && k != err && k.rule.Group == warn.rule.Group && k.alert == warn.stem()
	})
}

// tellApart keeps rules that nothing but their severity or their comparison told
// apart: their state would hang on their order.
func (c *conversion) tellApart() {
	count := map[string]int{}
	for _, k := range c.all {
		if k.rule.Rule != nil && k.outcome != Absorbed {
			count[k.identity()]++
		}
	}
	for _, k := range c.all {
		if !k.outcome.changes() || k.rule.ID || count[k.identity()] == 1 {
			continue
		}
		why := "another rule of its name would be told from it by nothing but their order"
		if n := len(k.notes); n > 0 {
			why = k.notes[n-1] + "; and each by itself would be told from the other by nothing but their order"
		}
		for _, k := range []*candidate{k.other, k} {
			if k != nil {
				k.notes = nil
				k.keep("same-name", why, "give them names of their own, or an id")
			}
		}
	}
}

// identity is what tells the rule, as it will be, from others.
func (k *candidate) identity() string {
	all := append(labels(k.rule.Rule), "", k.rule.Group, k.alert)
	if k.outcome.changes() {
		cut := k.against.Cut
		return strings.Join(append(all, strings.TrimSpace(k.rule.Rule.Expr[:cut.Start]+k.rule.Rule.Expr[cut.End:])), "\x00")
	}
	if k.outcome == Kept && k.rule.Severity != nil {
		all = append(all, "severity="+*k.rule.Severity)
	}
	return strings.Join(append(all, strings.TrimSpace(k.rule.Rule.Expr)), "\x00")
}

func schedule(r *rules.Rule) string {
	if r.Schedule == nil {
		return ""
	}
	return r.Schedule.Text
}

// labels are those of a rule but severity.
func labels(r *rules.Rule) (all []string) {
	for _, l := range r.Labels {
		if l.Name != "severity" {
			all = append(all, l.Name+"="+l.Text)
		}
	}
	return all
}

func firstDifference(a, b []rules.Annotation) string {
	for _, x := range a {
		if !slices.Contains(b, x) {
			return x.Name
		}
	}
	for _, x := range b {
		if !slices.Contains(a, x) {
			return x.Name
		}
	}
	return ""
}

// sameDelay compares delays as written: what is not written is none.
func sameDelay(a, b string) bool {
	zero := func(s string) bool { return s == "" || s == "0" || s == "0s" }
	return a == b || zero(a) && zero(b)
}
