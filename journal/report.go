package journal

import (
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/prometheus/common/model"

	"tocsin/rules"
)

// A Report is what Verify found.
type Report struct {
	Runs, Files                    int
	Inputs, Notifications, Changes int // that were compared
	From, Until                    model.Time
	// Lived is how long the daemon took down what it did, without the time between
	// its runs.
	Lived time.Duration
	// Programs are the versions that wrote it, in order of appearance.
	Programs []string
	// Differences are the first of each run; Differing says how many steps differ.
	Differences []Difference
	Differing   int
	// Holes say what could not be verified, and why. Notes are no fault.
	Holes, Notes []string

	configs []*rules.Config
}

// Rules are those of all configurations in the journal; of one key, the last.
func (r *Report) Rules() []*rules.Rule {
	byKey := map[string]*rules.Rule{}
	for _, c := range r.configs {
		for _, rule := range c.Rules {
			byKey[rule.Key] = rule
		}
	}
	return sorted(byKey)
}

// Sources are those of all configurations in the journal; of one name, the last.
func (r *Report) Sources() []*rules.Source {
	byName := map[string]*rules.Source{}
	for _, c := range r.configs {
		for i := range c.Sources {
			byName[c.Sources[i].Name] = &c.Sources[i]
		}
	}
	return sorted(byName)
}

func sorted[T any](m map[string]T) []T {
	out := make([]T, 0, len(m))
	for _, key := range slices.Sorted(maps.Keys(m)) {
		out = append(out, m[key])
	}
	return out
}

// A Difference is a step of which something else came than the journal says.
type Difference struct {
	File string
	Seq  uint64
	At   model.Time
	// Input is what the step was about.
	Input string
	// Daemon is what the daemon did, Replay what comes of the same input now: lines of
	// a transcript without those that they share.
	Daemon, Replay []string
}

// Complete reports whether all of the journal could be read.
func (r *Report) Complete() bool { return len(r.Holes) == 0 }

// Same reports whether nothing differs.
func (r *Report) Same() bool { return r.Differing == 0 }

// Write writes the report as text.
func (r *Report) Write(out io.Writer) error {
	var b strings.Builder
	verdict := "no difference"
	if n := r.Differing; n > 0 {
		verdict = fmt.Sprintf("%s differ", count(n, "step"))
	}
	fmt.Fprintf(&b, "%s, %s, %s over %s: %s\n", count(r.Notifications, "notification"),
		count(r.Changes, "change"), count(r.Inputs, "input"), span(r.Lived), verdict)
	if r.Inputs > 0 {
		fmt.Fprintf(&b, "  from %s to %s, in %s of %s, written by tocsin %s\n", stamp(r.From), stamp(r.Until),
			count(r.Files, "file"), count(r.Runs, "run"), strings.Join(r.Programs, ", "))
	}
	for _, d := range r.Differences {
		d.write(&b)
	}
	for _, h := range r.Holes {
		fmt.Fprintf(&b, "not verified: %s\n", h)
	}
	for _, n := range r.Notes {
		fmt.Fprintf(&b, "note: %s\n", n)
	}
	_, err := io.WriteString(out, b.String())
	return err
}

func (d Difference) write(b *strings.Builder) {
	fmt.Fprintf(b, "\n%s, step %d of %s: %s\n", stamp(d.At), d.Seq, d.File, d.Input)
	for _, line := range d.Daemon {
		fmt.Fprintf(b, "- %s\n", line)
	}
	for _, line := range d.Replay {
		fmt.Fprintf(b, "+ %s\n", line)
	}
}

func count(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	digits := fmt.Sprint(n)
	for i := len(digits) - 3; i > 0; i -= 3 {
		digits = digits[:i] + "," + digits[i:]
	}
	return digits + " " + what + "s"
}

// span writes how long something took: 3d4h, 5m10s.
func span(d time.Duration) string {
	if d < time.Second {
		return d.Round(time.Millisecond).String()
	}
	d = d.Round(time.Second)
	parts := []struct {
		unit time.Duration
		name string
	}{{24 * time.Hour, "d"}, {time.Hour, "h"}, {time.Minute, "m"}, {time.Second, "s"}}
	var all []string
	for _, p := range parts {
		if n := d / p.unit; n > 0 {
			all = append(all, fmt.Sprint(int64(n), p.name))
			d -= n * p.unit
		}
		if len(all) == 2 {
			break
		}
	}
	return strings.Join(all, "")
}

func stamp(t model.Time) string { return t.Time().UTC().Format("2006-01-02T15:04:05.000Z") }
