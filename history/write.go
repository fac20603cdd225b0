package history

import (
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/prometheus/common/model"

	"tocsin/notifier/message"
	"tocsin/rules"
)

// Write tells an explanation in words, for who reads it at night: short lines,
// times in UTC and how long ago they were.
func Write(w io.Writer, e Explanation) error {
	p := &page{now: e.At}
	if e.Past {
		p.line(0, "as of %s, from the history alone", p.now.Format("2006-01-02 15:04:05 UTC"))
	}
	for n, a := range e.Alerts {
		if n > 0 || e.Past {
			p.line(0, "")
		}
		p.alert(a, e)
	}
	if len(e.Alerts) == 0 {
		p.nothing(e)
	}
	if e.Cut != "" {
		p.line(0, "")
		p.line(0, "%s", e.Cut)
	}
	_, err := io.WriteString(w, p.text.String())
	if err != nil {
		return fmt.Errorf("write the explanation: %w", err)
	}
	return nil
}

type page struct {
	text strings.Builder
	now  time.Time
}

// line writes one line; what the world said in it can't move the cursor.
func (p *page) line(indent int, format string, args ...any) {
	p.text.WriteString(strings.Repeat("  ", indent) + message.Clean(fmt.Sprintf(format, args...)) + "\n")
}

func (p *page) ago(t time.Time) string { return ago(t, p.now) }

// nothing says why there is nothing to tell.
func (p *page) nothing(e Explanation) {
	switch {
	case e.Past:
		p.line(0, "nothing in the history of the %s before that: %q was ok, or there is no such alert", message.Duration(p.now.Sub(e.From)), e.Asked)
		return
	case len(e.Rules) == 0:
		p.line(0, "nothing is known of %q: no rule in force has that name, and there is nothing in the history since %s", e.Asked, clock(e.From, p.now))
		return
	}
	for _, r := range e.Rules {
		p.line(0, "%s: nothing fires and nothing is pending: no series is beyond a threshold", r.Alert)
		p.rule(r)
	}
	p.line(0, "no change in the history since %s", clock(e.From, p.now))
}

func (p *page) rule(r Rule) {
	often := "every " + r.Interval.String()
	if r.Schedule != "" {
		often = "at " + r.Schedule
	}
	p.line(1, "rule %s (%s), asked of source %s %s", r.Key, r.Place, r.Source, often)
	switch {
	case r.LastGood.IsZero():
		p.line(1, "no answer since the start: %s", r.Health)
	default:
		p.line(1, "last answer %s: %s", p.ago(r.LastGood), r.Health)
	}
	if r.Error != "" {
		p.line(1, "the source says: %s", message.Cut(r.Error, 300))
	}
}

func (p *page) alert(a Alert, e Explanation) {
	p.line(0, "%s %s", a.Name, pairs(a.Labels))
	p.line(1, "%s", p.state(a, e.Past))
	if n := slices.IndexFunc(e.Rules, func(r Rule) bool { return r.Key == a.Rule }); n >= 0 {
		p.rule(e.Rules[n])
	}
	p.value(a)
	p.sum(a)
	p.gates(a)
	p.changes(a, e)
}

// pairs are labels in order, without the name.
func pairs(labels map[string]string) string {
	var all []string
	for name, value := range labels {
		if name != model.AlertNameLabel {
			all = append(all, name+"="+message.Cut(value, 100))
		}
	}
	slices.Sort(all)
	return strings.Join(all, " ")
}

// state says in one line how it is.
func (p *page) state(a Alert, past bool) string {
	known := ""
	if a.Flapping {
		known = "; it flaps, and people know it as " + strings.ToUpper(a.Notify.String())
	}
	if a.Level > rules.OK {
		return strings.ToUpper(a.Level.String()) + " since " + p.ago(a.Since) + " (" + a.Reason + ")" + known
	}
	for _, l := range a.Levels {
		if l.Phase == "pending" {
			return "ok, but " + l.Level.String() + " is pending" + known
		}
	}
	if past && !a.Since.IsZero() {
		return "ok since " + p.ago(a.Since) + known
	}
	return "ok" + known
}

// value sets the value against each threshold, and says what is missing.
func (p *page) value(a Alert) {
	if a.Value != nil {
		p.line(1, "value %s, observed %s", a.Value.Text, p.ago(a.Value.SeenAt))
	}
	if a.AbsentFor > 0 {
		p.line(1, "the series has been missing from the answers for %s", message.Duration(time.Duration(a.AbsentFor)))
	}
	for _, l := range a.Levels {
		p.line(2, "%s %s: %s", l.Level, l.Threshold, l.words())
	}
	if f := a.Flap; f != nil {
		p.line(2, "flap: raised %d times within %s; %d are a flap", f.Raises, f.Within, f.Need)
	}
}

func (l Level) words() string {
	missing, needed := message.Duration(time.Duration(l.Missing)), message.Duration(time.Duration(l.Needed))
	switch l.Phase {
	case "pending":
		if l.Votes != nil {
			return fmt.Sprintf("pending, %d of the last %d evaluations breached and it takes %d", l.Votes.Have, l.Votes.Of, l.Votes.Need)
		}
		return fmt.Sprintf("pending for %s of %s; it fires if this goes on for %s more",
			message.Duration(time.Duration(l.Spent)), needed, missing)
	case "firing":
		return "firing" + l.still() + l.over()
	case "recovering":
		return fmt.Sprintf("firing, and clear for %s of %s; it is over if this goes on for %s more",
			message.Duration(time.Duration(l.Spent)), needed, missing)
	}
	switch l.Verdict {
	case "breached":
		return "breached just now"
	case "missing", "unknown":
		return "no value to compare"
	}
	return "not reached"
}

// still says why a level that fires goes on, where the value alone doesn't.
func (l Level) still() string {
	switch l.Verdict {
	case "between":
		return ", held: the value is between the threshold and its clear value"
	case "missing", "unknown":
		return ", held: there is no value"
	}
	return ""
}

func (l Level) over() string {
	if l.Needed > 0 {
		return "; over once " + l.Clear + " for " + message.Duration(time.Duration(l.Needed))
	}
	return "; over once " + l.Clear
}
