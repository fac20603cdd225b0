package history

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"tocsin/rules"
)

// sum says in short who was told of how it is, or why nobody was.
func (p *page) sum(a Alert) {
	if a.Notify == rules.OK {
		if slices.ContainsFunc(a.Levels, func(l Level) bool { return l.Phase == "pending" }) {
			p.line(1, "nobody is told before it fires")
		}
		return
	}
	n := len(a.Changes) - 1
	for n >= 0 && a.Changes[n].Kind != "raise" && a.Changes[n].Kind != "flapping" {
		n--
	}
	if n < 0 {
		return
	}
	c := a.Changes[n]
	told, not := c.outcomes()
	switch {
	case len(told)+len(not) == 0:
		p.line(1, "the last raise has been told to nobody yet")
	case len(not) == 0:
		p.line(1, "the last raise was told to %s", strings.Join(told, ", "))
	case len(told) == 0:
		p.line(1, "the last raise was not told to %s", strings.Join(not, ", "))
	default:
		p.line(1, "the last raise was told to %s, not to %s", strings.Join(told, ", "), strings.Join(not, ", "))
	}
}

// outcomes are the last ones at each integration: what was held back for now may
// have been told since.
func (c Change) outcomes() (told, not []string) {
	for n, f := range c.Fates {
		later := func(g Fate) bool { return g.Integration == f.Integration }
		switch {
		case slices.ContainsFunc(c.Fates[n+1:], later):
		case f.Outcome == "delivered":
			told = append(told, f.who(""))
		default:
			not = append(not, f.who(f.Outcome))
		}
	}
	return told, not
}

// who names the receiver, the kind of its integration, and more.
func (f Fate) who(more string) string {
	var parts []string
	if kind, _, ok := strings.Cut(f.Integration, ":"); ok {
		parts = append(parts, kind)
	}
	if more != "" {
		parts = append(parts, more)
	}
	who := f.Receiver
	if who == "" {
		who = "anybody"
	}
	if len(parts) > 0 {
		who += " (" + strings.Join(parts, ", ") + ")"
	}
	return who
}

// gates says who knows, and what keeps the others from being told.
func (p *page) gates(a Alert) {
	for _, h := range a.Holds {
		p.line(1, "%s", h.words(p.now))
	}
	if len(a.Lanes) == 0 && len(a.GoesTo) > 0 {
		p.line(1, "it goes to %s", strings.Join(a.GoesTo, ", "))
	}
	for _, l := range a.Lanes {
		p.line(1, "%s (%s): %s%s", l.Receiver, l.Kind, because(l.Why), p.lane(l))
	}
}

// because says why somebody is told besides the receiver of the route.
func because(why string) string {
	if why == "" {
		return ""
	}
	return why + "; "
}

func (p *page) lane(l Lane) string {
	told := "it was told nothing yet"
	if !l.LastTold.IsZero() {
		told = "last told " + p.ago(l.LastTold)
	}
	flush := ""
	if !l.NextFlush.IsZero() {
		flush = "; next flush " + p.ago(l.NextFlush)
	}
	switch l.Gate {
	case "due":
		return "a message is due at once; " + told
	case "up to date":
		if l.LastTold.IsZero() {
			return "there is nothing to tell it"
		}
		return "knows all of it; " + told
	case "in flight":
		return "a message is on its way (" + l.Delivery + "); " + told
	case "rejected":
		return "its last message was rejected; it is tried again on a change, a reload or a reminder"
	case "group_wait":
		return "waits for group_wait" + flush
	case "group_interval":
		return "waits for group_interval" + flush + "; " + told
	case "settling":
		return "waits until the rules of its group have been evaluated since the start; " + told
	case "held":
		return "all that it does not know is held back; " + told
	case "muted":
		return "waits for the end of a mute time; " + told
	case "rate limit":
		return "waits for room in the rate limit" + flush + "; " + told
	case "integration failing":
		return "its integration fails, and is tried now and then; " + told
	case "backoff":
		return fmt.Sprintf("%s failed in a row; the next is made %s; %s", plural(l.Failures, "attempt"), p.ago(l.NotBefore), told)
	}
	return "waits: " + l.Gate + flush + "; " + told
}

// changes tells what happened, the oldest first.
func (p *page) changes(a Alert, e Explanation) {
	if len(a.Changes) == 0 {
		p.line(1, "no change since %s", clock(e.From, p.now))
		return
	}
	p.line(1, "what happened:")
	if a.Earlier > 0 {
		p.line(2, "… %s before", plural(a.Earlier, "change"))
	}
	for _, c := range a.Changes {
		p.change(c)
	}
}

func (p *page) change(c Change) {
	text := p.ago(c.At) + ": " + c.words()
	if c.Text != "" {
		text += ", " + c.Text
	}
	if c.Reason != "" && c.Reason != "breached" && c.Reason != "recovered" {
		text += " (" + strings.ReplaceAll(c.Reason, "_", " ") + ")"
	}
	p.line(2, "%s", text)
	for _, l := range p.became(c) {
		p.line(3, "%s", l.text)
	}
	if len(c.Fates) == 0 {
		p.line(3, "nothing has become of it yet: it waits to be told")
	}
}

// A timed line.
type timed struct {
	at   time.Time
	text string
}

// became is what became of a change, in order of time. The attempt that settled it
// is not told twice.
func (p *page) became(c Change) (all []timed) {
	for _, t := range c.Attempts {
		if !c.settles(t) {
			all = append(all, timed{t.At, p.attempt(t)})
		}
	}
	for _, f := range c.Fates {
		all = append(all, timed{f.At, p.fate(f, c)})
	}
	slices.SortStableFunc(all, func(a, b timed) int { return a.at.Compare(b.at) })
	return all
}

func (c Change) words() string {
	switch c.Kind {
	case "raise":
		return "raised from " + c.From.String() + " to " + c.To.String()
	case "lower":
		return "lowered from " + c.From.String() + " to " + c.To.String()
	case "resolve":
		return "resolved, was " + c.From.String()
	case "flapping":
		return "began to flap"
	}
	return c.Kind
}

// settles reports whether an attempt is the one that a fate names: the two are one
// line.
func (c Change) settles(t Attempt) bool {
	return slices.ContainsFunc(c.Fates, func(f Fate) bool {
		return f.Delivery == t.Delivery && f.Attempt == t.Attempt && f.Outcome == t.Outcome
	})
}

func (p *page) attempt(t Attempt) string {
	text := fmt.Sprintf("%s (%s): attempt %d %s %s", t.Receiver, t.Kind, t.Attempt, t.Outcome, ago(t.At, p.now))
	if t.Effect != "" && t.Effect != "post" {
		text = strings.Replace(text, "attempt", t.Effect+", attempt", 1)
	}
	if t.Error != "" {
		text += ": " + t.Error
	}
	return text
}

func (p *page) fate(f Fate, c Change) string {
	who := f.who("")
	if f.Receiver == "" {
		who = "nobody"
	}
	text := who + ": " + f.Outcome
	if f.Outcome == "delivered" {
		text += " " + after(f.At.Sub(c.At)) + ", attempt " + fmt.Sprint(f.Attempt)
	}
	if f.Why != "" {
		text += ": " + f.Why
	}
	return text
}

func after(d time.Duration) string {
	if d < time.Second {
		return "at once"
	}
	return d.Round(time.Second).String() + " later"
}
