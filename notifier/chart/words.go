package chart

import (
	"fmt"
	"math"
	"strings"

	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/model/labels"

	"tocsin/notifier/message"
	"tocsin/rules"
)

// longestAlt bounds what a picture is in words.
const longestAlt = 500

// names are the labels in which the series differ.
func (s subject) names() []string {
	names := make([]string, len(s.items))
	for n, i := range s.items {
		b := labels.NewScratchBuilder(4)
		i.Series.Range(func(l labels.Label) {
			for _, other := range s.items {
				if l.Name != model.MetricNameLabel && other.Series.Get(l.Name) != l.Value {
					b.Add(l.Name, l.Value)
					break
				}
			}
		})
		names[n] = message.Pairs(b.Labels())
	}
	return names
}

// note tells a single series by its labels; of several, how many there are.
func (s subject) note() string {
	var parts []string
	if len(s.items) == 1 {
		parts = append(parts, message.Pairs(s.items[0].Series.MatchLabels(false, model.MetricNameLabel)))
	}
	if len(s.items) < s.all {
		parts = append(parts, fmt.Sprintf("%d of %d alerts", len(s.items), s.all))
	}
	return strings.Join(parts, ", ")
}

// alt says what is to be seen: "value 618 ms over error threshold 500 ms, last
// 3h: 180 ms to 640 ms".
func (s subject) alt(d Data) string {
	span := "last " + message.Duration(d.Until.Sub(d.From))
	if len(s.items) == 1 && len(d.Series) == 1 {
		i := s.items[0]
		return message.Cut(fmt.Sprintf("%s: %s, %s: %s", message.Clean(d.Title), judged(i), span, reach(d.Series[0], d.Unit)), longestAlt)
	}
	parts := make([]string, 0, len(d.Series))
	for _, line := range d.Series {
		parts = append(parts, strings.TrimSpace(line.Name+" "+reach(line, d.Unit)))
	}
	title := strings.TrimSpace(message.Clean(d.Title) + " " + d.Note)
	return message.Cut(title+", "+span+": "+strings.Join(parts, "; "), longestAlt)
}

// judged says on which side of its threshold a value is.
func judged(i message.Item) string {
	v, bound := i.Value.Float, i.Threshold.Float
	word := "at"
	switch {
	case math.IsNaN(v):
		return "no data"
	case i.Side == rules.Present || math.IsNaN(bound):
		return "value " + i.Value.String()
	case v > bound:
		word = "over"
	case v < bound:
		word = "under"
	}
	level := i.Level
	if level == rules.OK {
		level = i.Was
	}
	return fmt.Sprintf("value %s %s %s threshold %s", i.Value, word, level, i.Threshold)
}

// reach is the lowest and the highest value of a series.
func reach(s Series, unit rules.Unit) string {
	low, high := math.Inf(1), math.Inf(-1)
	for _, v := range s.Values {
		if !math.IsNaN(v) {
			low, high = min(low, v), max(high, v)
		}
	}
	if low > high {
		return "no data"
	}
	a, b := message.Quantity{Float: low, Unit: unit}.String(), message.Quantity{Float: high, Unit: unit}.String()
	if a == b {
		return a
	}
	return a + " to " + b
}
