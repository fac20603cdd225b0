package past

import (
	"fmt"
	"io"
	"math"
	"strings"
	"text/tabwriter"
	"time"

	"tocsin/backtest"
	"tocsin/notifier/message"
	"tocsin/rules"
)

// Text writes a result for a terminal.
func Text(out io.Writer, r *backtest.Result) error {
	var b strings.Builder
	fmt.Fprintf(&b, "%s to %s (%s), %s\n\n", stamp(r.From.Time()), stamp(r.Until.Time()), span(r.Until.Sub(r.From)), count(len(r.Rules), "rule"))
	t := tabwriter.NewWriter(&b, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(t, "notifications\tnight\tepisodes\tflaps\twarn\terror\tlongest\t  rule")
	for _, rr := range r.Rules {
		fmt.Fprintf(t, "%d\t%d\t%d\t%d\t%s\t%s\t%s\t  %s\n", rr.Notifications, rr.Night, len(rr.Episodes), rr.Flaps,
			dash(rr.Warn), dash(rr.Error), dash(rr.Longest), clean(rr.Rule.Alert))
	}
	_ = t.Flush()
	for _, rr := range r.Rules {
		episodes(&b, r, rr)
	}
	fmt.Fprintf(&b, "\n%s, %.1f a day%s\n", count(len(r.Notifications), "notification"), float64(len(r.Notifications))/max(r.Days(), 1.0/24), receivers(r))
	for _, why := range r.Incomplete {
		fmt.Fprintf(&b, "incomplete: %s\n", clean(why))
	}
	_, err := io.WriteString(out, b.String())
	return err
}

// mostEpisodes is how many of a rule are listed as text.
const mostEpisodes = 10

func episodes(b *strings.Builder, r *backtest.Result, rr *backtest.RuleResult) {
	if len(rr.Episodes) == 0 {
		return
	}
	fmt.Fprintf(b, "\n%s\n", clean(rr.Rule.Alert))
	t := tabwriter.NewWriter(b, 0, 0, 2, ' ', 0)
	for _, e := range rr.Episodes[:min(len(rr.Episodes), mostEpisodes)] {
		end := span(e.Lasted(r.Until))
		if e.End == 0 {
			end += " and on"
		}
		fmt.Fprintf(t, "  %s\t%s\t%s\t%s\t%s\n", stamp(e.Start.Time()), e.Worst, end, peak(rr.Rule, e), clean(e.Labels.String()))
	}
	_ = t.Flush()
	if more := len(rr.Episodes) - mostEpisodes; more > 0 {
		fmt.Fprintf(b, "  and %d more\n", more)
	}
}

func peak(r *rules.Rule, e *backtest.Episode) string {
	if math.IsNaN(e.Peak) {
		return ""
	}
	return "peak " + message.Quantity{Float: e.Peak, Unit: r.Unit}.String()
}

// receivers says how many each receiver gets.
func receivers(r *backtest.Result) string {
	got := map[string]int{}
	var names []string
	for _, n := range r.Notifications {
		if got[n.Receiver] == 0 {
			names = append(names, n.Receiver)
		}
		got[n.Receiver]++
	}
	var parts []string
	for _, name := range names {
		parts = append(parts, fmt.Sprintf("%s %d", clean(name), got[name]))
	}
	if len(parts) == 0 {
		return ""
	}
	return ": " + strings.Join(parts, ", ")
}

func stamp(t time.Time) string { return t.UTC().Format("2006-01-02 15:04:05") }

func clean(s string) string { return strings.Join(strings.Fields(message.Clean(s)), " ") }

func dash(d time.Duration) string {
	if d == 0 {
		return "-"
	}
	return span(d)
}

func count(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return fmt.Sprintf("%d %ss", n, what)
}

// span is a duration in its two largest units.
func span(d time.Duration) string {
	text := d.Round(time.Second).String()
	switch {
	case d >= 48*time.Hour:
		return fmt.Sprintf("%.1fd", d.Hours()/24)
	case d >= time.Hour:
		text = d.Round(time.Minute).String()
	}
	text = strings.TrimSuffix(text, "0s")
	return strings.TrimSuffix(strings.TrimSuffix(text, "m0s"), "h0m")
}
