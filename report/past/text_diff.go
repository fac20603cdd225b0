package past

import (
	"fmt"
	"io"
	"strings"
	"text/tabwriter"

	"tocsin/backtest"
)

// TextDifference writes a difference for a terminal.
func TextDifference(out io.Writer, d *backtest.Difference) error {
	var b strings.Builder
	r := d.Head
	fmt.Fprintf(&b, "%s to %s (%s)\n\n", stamp(r.From.Time()), stamp(r.Until.Time()), span(r.Until.Sub(r.From)))
	for _, x := range d.Receivers {
		fmt.Fprintf(&b, "%+d notifications to %s (%d, were %d)\n", x.Is-x.Was, clean(x.Name), x.Is, x.Was)
	}
	t := tabwriter.NewWriter(&b, 0, 0, 2, ' ', 0)
	for _, x := range d.Rules {
		was, is := x.Notifications()
		fmt.Fprintf(t, "%d\t->\t%d\t%s\t%s\n", was, is, clean(x.Rule().Alert), note(x))
	}
	_ = t.Flush()
	if len(d.Rules) == 0 {
		fmt.Fprintln(&b, "no difference")
	}
	for _, why := range append(d.Base.Incomplete, d.Head.Incomplete...) {
		fmt.Fprintf(&b, "incomplete: %s\n", clean(why))
	}
	_, err := io.WriteString(out, b.String())
	return err
}

func note(x backtest.RuleDifference) string {
	switch {
	case x.Was == nil:
		return "new"
	case x.Is == nil:
		return "gone"
	case x.Edited:
		return "edited"
	}
	return "as it was written"
}
