package past

import (
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"

	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/model/labels"

	"tocsin/backtest"
	"tocsin/evaluator"
	"tocsin/notifier/message"
	"tocsin/rules"
)

// mostRunes is how much of one name or label set is written.
const mostRunes = 300

// clean makes one line of anything: nothing in it moves a cursor.
func clean(s string) string {
	return message.Cut(strings.Join(strings.Fields(message.Clean(s)), " "), mostRunes)
}

// stamp is an instant as one line of a table: it can be sorted and searched.
func (o Options) stamp(at model.Time) string {
	return at.Time().In(o.zone()).Format("2006-01-02 15:04 MST")
}

// period is from when to when something went, with its length.
func (o Options) period(r *backtest.Result) string {
	return fmt.Sprintf("%s to %s (%s)", o.stamp(r.From), o.stamp(r.Until), message.Duration(r.Until.Sub(r.From)))
}

// lasting is a duration in its two largest parts; a dash for none.
func lasting(d time.Duration) string {
	if d <= 0 {
		return "–"
	}
	return message.Duration(d)
}

// count is 1 rule, 2 rules.
func count(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return thousands(n) + " " + what + "s"
}

// thousands writes 12,345.
func thousands(n int) string {
	if n < 0 {
		return "−" + thousands(-n)
	}
	s := strconv.Itoa(n)
	for i := len(s) - 3; i > 0; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}

// signed is a change: +3, −2, or ±0.
func signed(n int) string {
	switch {
	case n > 0:
		return "+" + thousands(n)
	case n < 0:
		return thousands(n)
	}
	return "±0"
}

// rate writes so many of something in some days as a number a day.
func rate(n int, days float64) string { return round(float64(n) / days) }

// round writes a rate: as many digits as anybody cares for.
func round(v float64) string {
	if a := math.Abs(v); a >= 10 || a == math.Trunc(a) {
		return thousands(int(math.Round(v)))
	}
	return strings.Replace(strconv.FormatFloat(math.Round(v*10)/10, 'f', -1, 64), "-", "−", 1)
}

// quantity is a value in the rule's unit, which may be any word.
func quantity(r *rules.Rule, v float64) string {
	return message.Cut(clean(message.Quantity{Float: v, Unit: r.Unit}.String()), 40)
}

// peak is the worst value of an episode, and nothing where values say nothing. What
// never had a value is about data that is missing.
func peak(r *rules.Rule, e *backtest.Episode) string {
	if math.IsNaN(e.Peak) {
		return "no data"
	}
	if r.Kind == rules.PresenceRule && r.Unit == rules.NoUnit && e.Peak == 0 {
		return ""
	}
	return quantity(r, e.Peak)
}

// lasted is for how long an episode was there; of one that goes on at least that.
func lasted(e *backtest.Episode, until model.Time) string {
	text := lasting(e.Lasted(until))
	if e.End == 0 || e.End > until {
		return text + " and on"
	}
	return text
}

// why says in words why an episode ended.
func why(e *backtest.Episode) string {
	switch {
	case e.End == 0:
		return "goes on"
	case e.Reason == evaluator.ReasonAbsent:
		return "series gone"
	case e.Reason == evaluator.ReasonNoData:
		return "no data"
	case e.Reason == evaluator.Calm:
		return "stable again"
	}
	return strings.ReplaceAll(string(e.Reason), "_", " ")
}

// labelsOf tells episodes of a rule apart: all labels but the name.
func labelsOf(e *backtest.Episode) string {
	var parts []string
	e.Labels.Range(func(l labels.Label) {
		if l.Name != model.AlertNameLabel {
			parts = append(parts, l.Name+"="+strconv.Quote(message.Clean(l.Value)))
		}
	})
	return clean("{" + strings.Join(parts, ", ") + "}")
}

// more says how many of something are left out.
func more(n int, what string) string { return "… and " + count(n, "more "+what) }
