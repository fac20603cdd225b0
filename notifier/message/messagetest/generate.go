package messagetest

import (
	"math"
	"strings"

	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/model/labels"
	"pgregory.net/rapid"

	"tocsin/evaluator"
	"tocsin/notifier"
	"tocsin/rules"
)

// Deliveries generates deliveries that no sane world would make: any text in
// any place, any number, any order.
func Deliveries() *rapid.Generator[notifier.Delivery] {
	return rapid.Custom(func(t *rapid.T) notifier.Delivery {
		d := notifier.Delivery{
			ID: rapid.String().Draw(t, "id"), Receiver: text().Draw(t, "receiver"),
			Group: notifier.Group{
				Key: text().Draw(t, "key"), Labels: labelset().Draw(t, "group"), Episode: text().Draw(t, "episode"),
			},
			Reason: rapid.SampledFrom([]notifier.Reason{
				notifier.ReasonFirst, notifier.ReasonRaised, notifier.ReasonNew, notifier.ReasonResolved,
				notifier.ReasonChanged, notifier.ReasonReminder, notifier.ReasonDigest, notifier.ReasonFace, "",
			}).Draw(t, "reason"),
			At:       model.Time(rapid.Int64Range(0, 4e12).Draw(t, "at")),
			Firing:   rapid.SliceOfN(entry(true), 0, 25).Draw(t, "firing"),
			Resolved: rapid.SliceOfN(entry(false), 0, 8).Draw(t, "resolved"),
			Marks:    rapid.SliceOfN(text(), 0, 8).Draw(t, "marks"),
			Attempt:  1,
		}
		for _, e := range d.Firing {
			d.Level = max(d.Level, e.Alert.Notify)
		}
		return d
	})
}

// text is any string, often one that means something to somebody, sometimes a
// long one.
func text() *rapid.Generator[string] {
	nasty := rapid.SampledFrom([]string{
		"", "<!channel>", "<@U1>", "&", "&amp;", "<", ">", "`", "```", "*", "|", "\x00", "\r\n.\r\n", "{{", "}}", "\xff", "👩‍👩‍👧‍👦", "\u202E", "]]>", "</td>",
		"https://example.org/?a=b&c=<d>|e", "javascript:alert(1)",
	})
	return rapid.OneOf(
		rapid.String(),
		nasty,
		rapid.Map(rapid.SliceOfN(nasty, 1, 6), func(s []string) string { return strings.Join(s, "") }),
		rapid.Map(rapid.IntRange(1, 4000), func(n int) string { return strings.Repeat("&<é👩", n/4+1) }),
	)
}

func labelset() *rapid.Generator[labels.Labels] {
	return rapid.Map(rapid.MapOfN(text(), text(), 0, 8), labels.FromMap)
}

func entry(firing bool) *rapid.Generator[notifier.Entry] {
	return rapid.Custom(func(t *rapid.T) notifier.Entry {
		level := rules.OK
		if firing {
			level = rapid.SampledFrom([]rules.Level{rules.Warn, rules.Error}).Draw(t, "level")
		}
		ls := labelset().Draw(t, "labels")
		held := rapid.OneOf(rapid.Just(""), rapid.SampledFrom([]string{"acknowledged by ada", "silenced by <!here>"}), text())
		return notifier.Entry{
			Labels: ls,
			Held:   held.Draw(t, "held"),
			News:   notifier.News(rapid.IntRange(0, int(notifier.FlapEnded)).Draw(t, "news")),
			Was:    rules.Level(rapid.IntRange(0, int(rules.Error)).Draw(t, "was")),
			Alert: &evaluator.Alert{
				Rule: "r", Name: text().Draw(t, "name"), Labels: ls, Series: ls, Level: level, Notify: level,
				Episode:  "e",
				StartsAt: model.Time(rapid.Int64Range(0, 4e12).Draw(t, "starts")),
				EndsAt:   model.Time(rapid.Int64Range(0, 4e12).Draw(t, "ends")),
				Value:    number().Draw(t, "value"), Bound: number().Draw(t, "bound"),
				Side:        rules.Side(rapid.IntRange(0, int(rules.Outside)).Draw(t, "side")),
				Unit:        rapid.SampledFrom([]rules.Unit{"", "seconds", "bytes", "ratio", "percent", "per_second", "<b>*x*</b>"}).Draw(t, "unit"),
				Reason:      evaluator.Reason(rapid.SampledFrom([]string{"breached", "recovered", "absent", "no_data", "", "<x>"}).Draw(t, "reason")),
				Flapping:    rapid.Bool().Draw(t, "flapping"),
				Annotations: annotations().Draw(t, "annotations"),
				Source:      rapid.SampledFrom([]string{"default", "", "other"}).Draw(t, "source"),
				Expr:        text().Draw(t, "expr"),
			},
		}
	})
}

func number() *rapid.Generator[rules.Number] {
	return rapid.Map(rapid.OneOf(
		rapid.Float64(),
		rapid.SampledFrom([]float64{math.NaN(), math.Inf(1), math.Inf(-1), 0, math.MaxFloat64, math.SmallestNonzeroFloat64}),
	), func(v float64) rules.Number { return rules.Number(v) })
}

func annotations() *rapid.Generator[[]rules.Annotation] {
	return rapid.SliceOfN(rapid.Custom(func(t *rapid.T) rules.Annotation {
		return rules.Annotation{
			Name: rapid.SampledFrom([]string{"summary", "description", "runbook_url", "dashboard_url", "other"}).Draw(t, "annotation"),
			Text: text().Draw(t, "text"),
		}
	}), 0, 4)
}
