package past

import (
	"cmp"
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strings"
	"text/tabwriter"
	"time"

	"tocsin/backtest"
	"tocsin/notifier/message"
	"tocsin/rules"
)

// A Tuning is what came of trying many choices for one level of a rule.
type Tuning struct {
	Rule   *rules.Rule
	Level  rules.Level
	Trials []*backtest.Trial
	Advice []backtest.Advice
	// Write writes a level as a rule file has it.
	Write func(rules.LevelRule, rules.Unit) string
}

// yaml is the level with a trial's choice, to paste.
func (t *Tuning) yaml(x *backtest.Trial) string {
	l := *t.Rule.Levels.At(t.Level)
	l.Threshold, l.For, l.Votes = x.Threshold, x.For, x.Votes
	return t.Level.String() + ": " + t.Write(l, t.Rule.Unit)
}

// WriteTuning writes a tuning as text or JSON.
func WriteTuning(format string, out io.Writer, t *Tuning) error {
	if format == "json" {
		return t.json(out)
	}
	return t.text(out)
}

// text is a table, and the advice under it.
func (t *Tuning) text(out io.Writer) error {
	var b strings.Builder
	r := t.Trials[0].Result
	fmt.Fprintf(&b, "%s, %s, %s, alone: %d choices\n\n", clean(t.Rule.Alert), t.Level, Options{}.period(r), len(t.Trials))
	w := tabwriter.NewWriter(&b, 0, 0, 2, ' ', 0)
	heads := "\tepisodes\tnotifications\tnight\tflips\t"
	if len(r.Incidents) > 0 {
		heads += "caught\tafter\t"
	}
	fmt.Fprintln(w, heads)
	for _, alike := range t.alike() {
		fmt.Fprintln(w, t.row(alike))
	}
	_ = w.Flush()
	b.WriteString("\n* as the rule says")
	if len(t.Advice) > 0 {
		b.WriteString(", > recommended below")
	}
	b.WriteString("\n")
	for _, a := range t.Advice {
		fmt.Fprintf(&b, "\n%s:\n\n        %s\n", a.Why, t.yaml(a.Trial))
	}
	if len(t.Advice) == 0 {
		b.WriteString("\nnothing to recommend: " + t.quiet() + "\n")
	}
	for _, why := range r.Incomplete {
		fmt.Fprintf(&b, "incomplete: %s\n", clean(why))
	}
	_, err := io.WriteString(out, b.String())
	return err
}

// quiet says why nothing is recommended.
func (t *Tuning) quiet() string {
	if len(t.Trials[0].Result.Incidents) > 0 {
		return "no choice catches any of the incidents"
	}
	return "the rule does not flip; say which incidents it must catch with --require-incidents"
}

// alike puts choices together that have a threshold in common and cost the same: the
// first of them that is marked, or the first, stands for all.
func (t *Tuning) alike() [][]*backtest.Trial {
	var all [][]*backtest.Trial
	at := map[string]int{}
	for _, x := range t.Trials {
		key := fmt.Sprint(x.Threshold.High, x.Threshold.Low, t.cost(x))
		n, known := at[key]
		if !known {
			n = len(all)
			at[key], all = n, append(all, nil)
		}
		all[n] = append(all[n], x)
	}
	for _, group := range all {
		slices.SortStableFunc(group, func(a, b *backtest.Trial) int { return cmp.Compare(t.rank(a), t.rank(b)) })
	}
	return all
}

// rank puts what is marked first.
func (t *Tuning) rank(x *backtest.Trial) int { return strings.Index("*> ", t.mark(x)) }

func (t *Tuning) mark(x *backtest.Trial) string {
	if x.Current {
		return "*"
	}
	for _, a := range t.Advice {
		if a.Trial == x {
			return ">"
		}
	}
	return " "
}

func (t *Tuning) row(alike []*backtest.Trial) string {
	x := alike[0]
	text := t.mark(x) + " " + t.yaml(x) + "\t" + t.cost(x)
	if n := len(alike) - 1; n > 0 {
		text += fmt.Sprintf("and %d like it", n)
	}
	return text
}

func (t *Tuning) cost(x *backtest.Trial) string {
	rr := x.Rule()
	row := fmt.Sprintf("%d\t%d\t%d\t%d\t", len(rr.Episodes), rr.Notifications, rr.Night, x.Flips())
	if all := x.Result.Incidents; len(all) > 0 {
		n, after := x.Caught()
		row += fmt.Sprintf("%d of %d\t", n, len(all))
		if n > 0 {
			row += delay(after)
		}
		row += "\t"
	}
	return row
}

// delay is how long after the begin people heard of something, or before it.
func delay(d time.Duration) string {
	if d < 0 {
		return "−" + message.Duration(-d)
	}
	return message.Duration(d)
}

// A tuningJSON is a tuning for programs.
type tuningJSON struct {
	Schema string      `json:"schema"`
	Rule   string      `json:"rule"`
	Level  string      `json:"level"`
	From   time.Time   `json:"from"`
	Until  time.Time   `json:"until"`
	Trials []trialJSON `json:"trials"`
}

type trialJSON struct {
	YAML          string   `json:"yaml"`
	Current       bool     `json:"current"`
	Recommended   []string `json:"recommended,omitempty"`
	Episodes      int      `json:"episodes"`
	Notifications int      `json:"notifications"`
	Night         int      `json:"night"`
	Flips         int      `json:"flips"`
	Incidents     int      `json:"incidents,omitempty"`
	Caught        int      `json:"caught,omitempty"`
	AfterSeconds  float64  `json:"after_seconds,omitempty"`
}

func (t *Tuning) json(out io.Writer) error {
	r := t.Trials[0].Result
	shape := tuningJSON{Schema: "tocsin/tune/v1", Rule: t.Rule.Key, Level: t.Level.String(), From: r.From.Time().UTC(), Until: r.Until.Time().UTC()}
	for _, x := range t.Trials {
		rr := x.Rule()
		j := trialJSON{
			YAML: t.yaml(x), Current: x.Current, Episodes: len(rr.Episodes), Notifications: rr.Notifications, Night: rr.Night,
			Flips: x.Flips(), Incidents: len(x.Result.Incidents),
		}
		n, after := x.Caught()
		j.Caught, j.AfterSeconds = n, after.Seconds()
		for _, a := range t.Advice {
			if a.Trial == x {
				j.Recommended = append(j.Recommended, a.Why)
			}
		}
		shape.Trials = append(shape.Trials, j)
	}
	e := json.NewEncoder(out)
	e.SetIndent("", "  ")
	return e.Encode(shape)
}
