package replay_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/model/labels"

	"tocsin/engine"
	"tocsin/engine/replay"
	"tocsin/evaluator"
	"tocsin/notifier"
	"tocsin/rules"
)

// A flapper is a source whose one series is above the threshold in every second
// minute until it is calm.
type flapper struct{ calm model.Time }

func (f flapper) Ask(_ context.Context, a engine.Ask) evaluator.Answer {
	value := 50.0
	if a.At < f.calm && a.At.Time().Minute()%2 == 0 {
		value = 75
	}
	return evaluator.Answer{
		Samples: []evaluator.Sample{{Raw: "a", Value: value}},
		Parse:   func(string) (labels.Labels, error) { return labels.FromStrings("instance", "a"), nil },
	}
}

// sent writes down each message: when, and what is new in it.
type sent struct{ lines []string }

func (s *sent) Send(_ context.Context, d notifier.Delivery) notifier.Settled {
	var news []string
	for _, e := range append(d.Firing[:len(d.Firing):len(d.Firing)], d.Resolved...) {
		news = append(news, e.News.String()+" "+string(e.Alert.Reason))
	}
	s.lines = append(s.lines, fmt.Sprintf("%s %s", d.At.Time().UTC().Format("15:04:05"), strings.Join(news, ", ")))
	return notifier.Settled{ID: d.ID, Attempt: d.Attempt, Outcome: notifier.Delivered}
}

func flapConfig() *rules.Config {
	return &rules.Config{
		Sources:  []rules.Source{{Name: "a", Timeout: 10 * time.Second, DownAfter: 5 * time.Minute, Concurrency: 2}},
		Severity: rules.SeverityLabels{Warn: "warning", Error: "critical"},
		Limits:   rules.Limits{SeriesPerRule: 100, ActiveAlerts: 1000},
		Rules: []*rules.Rule{{
			Key: "g/HighLoad", Alert: "HighLoad", Group: "g", PhaseKey: "g", Source: "a", Expr: "load", Interval: time.Minute,
			Absent: rules.Absent{After: 5 * time.Minute}, Flap: rules.Flap{Raises: 4, Within: time.Hour},
			Levels: rules.Levels{Warn: &rules.LevelRule{Threshold: rules.Threshold{Side: rules.Above, High: 70, ClearHigh: 60}}},
		}},
		Receivers: []rules.Receiver{{Name: "all", Integrations: []rules.Integration{
			{Key: "webhook", Kind: "webhook", Receiver: "all", SendResolved: true, Timeout: 10 * time.Second},
		}}},
		Route: &rules.Route{
			ID: "{}", Receiver: "all", GroupBy: []string{"alertname"},
			GroupWait: 30 * time.Second, GroupInterval: 5 * time.Minute, RepeatInterval: 4 * time.Hour,
		},
	}
}

// TestF23FlapsForTwoHours: of an alert that flaps every minute for two hours eight
// messages would be bearable. There are four: one says that it flaps, one that it
// is stable again.
func TestF23FlapsForTwoHours(t *testing.T) {
	start := model.TimeFromUnixNano(bubbleStart.UnixNano())
	post := &sent{}
	err := replay.Run(t.Context(), replay.Options{
		Core: engine.New("flap"), Start: start, End: start.Add(4 * time.Hour),
		Inputs:  []replay.Scheduled{{At: start, Input: engine.Reloaded{Config: flapConfig()}}},
		Sources: map[string]engine.Source{"a": flapper{calm: start.Add(2 * time.Hour)}}, Sender: post,
	})
	if err != nil {
		t.Fatal(err)
	}
	want := []string{
		"00:00:55 new breached",
		"00:05:55 resolved recovered",
		"00:06:55 new flapping", // the fourth raise
		"02:31:55 resolved stable",
	}
	if !slices.Equal(post.lines, want) {
		t.Errorf("sent\n got %q\nwant %q", post.lines, want)
	}
}
