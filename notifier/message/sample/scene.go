package sample

import (
	"crypto/sha256"
	"encoding/hex"
	"strconv"
	"strings"

	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/model/labels"

	"tocsin/evaluator"
	"tocsin/notifier"
	"tocsin/rules"
)

// A Scene is what samples are made of. Rule and At are needed.
type Scene struct {
	Rule *rules.Rule
	At   model.Time // when the delivery would be planned
	// Name takes the place of the rule's in alertname; empty: the rule's.
	Name string
	// Level is what alerts fire at.
	Level rules.Level
	// Series are the labels that the rule's expression is taken to return.
	Series   labels.Labels
	Severity rules.SeverityLabels
	External labels.Labels
	Marks    []string
}

// TestName is the alertname of samples that are really sent.
const TestName = "TocsinTest"

// TestMark is what messages of such samples say.
const TestMark = "this is a test: somebody ran `tocsin notify-test`, nothing is wrong"

// TestRule is what samples are made of if no rule is named.
func TestRule() *rules.Rule {
	level := func(bound float64) *rules.LevelRule {
		return &rules.LevelRule{Threshold: rules.Threshold{Side: rules.Above, High: bound, ClearHigh: bound * 0.8}}
	}
	return &rules.Rule{
		Key: "test/" + TestName, Alert: TestName, Kind: rules.ThresholdRule, Unit: rules.Ratio,
		Levels: rules.Levels{Warn: level(0.7), Error: level(0.8)},
		Labels: []rules.LabelTemplate{{Name: "team", Text: "test"}},
		Annotations: []rules.Annotation{
			{Name: "description", Text: "This is what a description looks like. It may have several lines."},
			{Name: "summary", Text: "This is a test of tocsin: {{ $labels.instance }} is at {{ $value | humanizePercentage }}"},
		},
	}
}

// Delivery makes a sample of a kind for an integration.
func (s Scene) Delivery(k Kind, in rules.Integration) notifier.Delivery {
	d := notifier.Delivery{
		ID:          digest(k.String(), in.Key, s.At.String()),
		Integration: in.Key, Kind: in.Kind, Receiver: in.Receiver,
		Reason: reason(k), At: s.At, Attempt: 1, Marks: s.Marks, Group: s.group(k),
	}
	d.Firing, d.Resolved = s.entries(k)
	for _, e := range d.Firing {
		d.Level = max(d.Level, e.Alert.Notify)
	}
	d.Worst = d.Level
	for _, e := range d.Resolved {
		d.Worst = max(d.Worst, e.Was)
	}
	return d
}

func reason(k Kind) notifier.Reason {
	switch k {
	case Firing:
		return notifier.ReasonFirst
	case Several:
		return notifier.ReasonNew
	case Raised:
		return notifier.ReasonRaised
	case Reminder:
		return notifier.ReasonReminder
	case Resolved:
		return notifier.ReasonResolved
	case Digest:
		return notifier.ReasonDigest
	}
	return ""
}

// group is one of its own, so that no sample is taken for a true group.
func (s Scene) group(k Kind) notifier.Group {
	g := notifier.Group{Route: "test", Episode: "test-" + strconv.FormatInt(int64(s.At), 36)}
	if k != Digest {
		g.Labels = labels.FromStrings(model.AlertNameLabel, s.name())
	}
	g.Key = "test:" + g.Labels.String() + g.Episode
	return g
}

func (s Scene) entries(k Kind) (firing, over []notifier.Entry) {
	one := s.alert(s.Level, 1)
	switch k {
	case Firing:
		return list(s.entry(one, notifier.New, rules.OK)), nil
	case Raised:
		return list(s.entry(s.alert(rules.Error, 1), notifier.Raised, rules.Warn)), nil
	case Reminder:
		return list(s.entry(one, notifier.Same, s.Level)), nil
	case Resolved:
		return nil, list(s.entry(s.over(one), notifier.Resolved, s.Level))
	case Several, Digest:
	}
	return list(
			s.entry(one, notifier.New, rules.OK),
			s.entry(s.alert(s.Level, 2), notifier.New, rules.OK),
			s.entry(s.alert(s.Level, 3), notifier.Same, s.Level),
		), list(
			s.entry(s.over(s.alert(s.Level, 4)), notifier.Resolved, s.Level),
		)
}

func list(all ...notifier.Entry) []notifier.Entry { return all }

// entry shows an alert as people see it: with the severity of its level, and
// external labels where there is none of that name.
func (s Scene) entry(a evaluator.Alert, news notifier.News, was rules.Level) notifier.Entry {
	b := labels.NewBuilder(a.Labels)
	if a.FixedSeverity == "" {
		b.Set("severity", s.Severity.Of(max(a.Notify, was)))
	}
	s.External.Range(func(l labels.Label) {
		if b.Get(l.Name) == "" {
			b.Set(l.Name, l.Value)
		}
	})
	e := notifier.Entry{Alert: &a, Labels: b.Labels(), News: news, Was: was}
	if news == notifier.Same {
		e.Seen = s.At
	}
	return e
}

// digest makes an id of the form that deliveries have.
func digest(parts ...string) string {
	sum := sha256.Sum256([]byte("sample\x00" + strings.Join(parts, "\x00")))
	return hex.EncodeToString(sum[:16])
}

func (s Scene) name() string {
	if s.Name != "" {
		return s.Name
	}
	return s.Rule.Alert
}
