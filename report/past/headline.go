package past

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"strings"

	"tocsin/backtest"
	"tocsin/notifier/message"
)

// mostNamed is how many receivers a headline names.
const mostNamed = 3

// nobody is the receiver of rules that come without any.
const nobody = "nobody"

// headline is a result in one line.
func (o Options) headline(r *backtest.Result, name func(string) string) string {
	t := o.totals(r)
	if t.notifications == 0 {
		return "no notifications in " + message.Duration(r.Until.Sub(r.From))
	}
	text := fmt.Sprintf("%s in %s", count(t.notifications, "notification"), lasting(r.Until.Sub(r.From)))
	if r.Days() >= 1 {
		text += ", " + rate(t.notifications, r.Days()) + " a day"
	}
	if t.night > 0 {
		text += fmt.Sprintf(", %s at night", thousands(t.night))
	}
	var parts []string
	for _, x := range t.receivers[:min(len(t.receivers), mostNamed)] {
		if x.name != nobody {
			parts = append(parts, name(x.name)+" "+thousands(x.count))
		}
	}
	if n := len(t.receivers) - mostNamed; n > 0 {
		parts = append(parts, count(n, "more receiver"))
	}
	if len(parts) > 0 {
		text += ": " + strings.Join(parts, ", ")
	}
	return text
}

// headlineOf is a difference in one line: "+14 notifications a week in #web, −2
// incidents that you had".
func headlineOf(d *backtest.Difference, all []changed, name func(string) string) string {
	parts := changes(d, name)
	fresh, gone, moved := 0, 0, 0
	for _, x := range all {
		fresh, gone, moved = fresh+len(x.fresh), gone+len(x.gone), moved+len(x.moved)
	}
	if fresh > 0 {
		parts = append(parts, "+"+count(fresh, "new incident"))
	}
	if gone > 0 {
		parts = append(parts, "−"+count(gone, "incident")+" that you had")
	}
	if moved > 0 && fresh+gone == 0 {
		parts = append(parts, count(moved, "incident")+" at other times")
	}
	switch {
	case len(parts) > 0:
		return strings.Join(parts, ", ")
	case len(d.Rules) > 0:
		return fmt.Sprintf("the same notifications and incidents, though %s", differ(len(d.Rules)))
	}
	return "no difference: the same notifications and incidents"
}

func differ(n int) string {
	if n == 1 {
		return "1 rule is edited"
	}
	return thousands(n) + " rules are edited"
}

// changes says what changes for the receivers that it changes most for.
func changes(d *backtest.Difference, name func(string) string) []string {
	all := slices.DeleteFunc(slices.Clone(d.Receivers), func(x backtest.ReceiverDifference) bool { return x.Is == x.Was })
	slices.SortStableFunc(all, func(a, b backtest.ReceiverDifference) int {
		return cmp.Compare(abs(b.Is-b.Was), abs(a.Is-a.Was))
	})
	var parts []string
	for i, x := range all[:min(len(all), mostNamed)] {
		number, unit := perWeek(x.Is-x.Was, d.Head)
		text := number
		if i == 0 {
			text += " notifications" + unit
			if number == "+1" || number == "−1" {
				text = number + " notification" + unit
			}
		}
		if x.Name != nobody {
			text += preposition(x.Name) + name(x.Name)
		}
		parts = append(parts, text)
	}
	if n := len(all) - mostNamed; n > 0 {
		parts = append(parts, "changes for "+count(n, "more receiver"))
	}
	return parts
}

// perWeek is a change as people think of it: so many a week, unless the period is
// too short to speak of weeks.
func perWeek(n int, r *backtest.Result) (number, unit string) {
	days := r.Days()
	if days < 3 {
		return signed(n), " in " + lasting(r.Until.Sub(r.From))
	}
	v := float64(n) * 7 / days
	if math.Abs(days-7) < 0.2 {
		v = float64(n)
	}
	if number = round(v); v > 0 {
		number = "+" + number
	}
	return number, " a week"
}

// preposition goes before a receiver: things are said in a channel, and to others.
func preposition(receiver string) string {
	if strings.HasPrefix(receiver, "#") {
		return " in "
	}
	return " to "
}

func abs(n int) int { return max(n, -n) }
