package engine

import (
	"encoding/json"
	"fmt"
	"hash/fnv"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/model/labels"

	"tocsin/evaluator"
	"tocsin/notifier"
	"tocsin/rules"
)

// selfFacts are what an alert about tocsin itself or about a source is made of. It
// goes the way of every alert.
type selfFacts struct {
	name         string
	level        rules.Level
	reason       evaluator.Reason
	about, value string // one label that says what it is about; may be empty
	summary      string
}

// raiseSelf raises a self alert, unless it is open already.
func (c *Core) raiseSelf(key string, f selfFacts) {
	if c.self[key] != nil {
		return
	}
	b := labels.NewBuilder(labels.FromStrings(model.AlertNameLabel, f.name))
	if f.about != "" {
		b.Set(f.about, f.value)
	}
	a := &evaluator.Alert{
		Rule: rules.SelfRule, Instance: key, Name: f.name, Labels: b.Labels(),
		Level: f.level, Notify: f.level, Has: 1 << f.level,
		Episode: selfEpisode(key, c.at), StartsAt: c.at, LevelSince: c.at,
		Side: rules.Present, Reason: f.reason,
		Value: rules.Number(math.NaN()), Bound: rules.Number(math.NaN()),
		// Annotations are templates: what the world said must not be one.
		Annotations: []rules.Annotation{{Name: "summary", Text: "{{ " + strconv.Quote(f.summary) + " }}"}},
	}
	c.self[key] = a
	c.saveSelf(key, a)
	c.apply([]evaluator.Change{{Kind: evaluator.Raise, From: rules.OK, To: f.level, At: c.at, Alert: a}})
}

// resolveSelf ends a self alert, if it is open.
func (c *Core) resolveSelf(key string) {
	a := c.self[key]
	if a == nil {
		return
	}
	delete(c.self, key)
	c.batch.Rows = append(c.batch.Rows, rules.Row{Kind: rules.KindSelf, Key: key})
	over := *a
	over.Level, over.Notify, over.EndsAt, over.LevelSince, over.Reason = rules.OK, rules.OK, c.at, c.at, evaluator.Recovered
	c.apply([]evaluator.Change{{Kind: evaluator.Resolve, From: a.Level, To: rules.OK, At: c.at, Alert: &over}})
}

func (c *Core) saveSelf(key string, a *evaluator.Alert) {
	c.batch.Rows = append(c.batch.Rows, rules.Row{Kind: rules.KindSelf, Key: key, Value: *a})
}

func (c *Core) restoreSelf(row rules.Stored) error {
	a := &evaluator.Alert{}
	if err := json.Unmarshal(row.Value, a); err != nil {
		return fmt.Errorf("self alert %q: %w", row.Key, err)
	}
	c.self[row.Key] = a
	return nil
}

// seedSelf tells the planner of the self alerts found at start.
func (c *Core) seedSelf() {
	for _, key := range c.selfKeys() {
		c.planner.Seed(*c.self[key])
	}
}

// dropStaleSelf resolves the alerts of sources and integrations that are gone.
func (c *Core) dropStaleSelf() {
	for _, key := range c.selfKeys() {
		if in, is := strings.CutPrefix(key, receiverKey); is && !c.planner.Complains(in) {
			c.resolveSelf(key)
		}
		parts := strings.Split(key, "/")
		if parts[0] == "source" && c.sources[strings.Join(parts[1:len(parts)-1], "/")] == nil {
			c.resolveSelf(key)
		}
	}
}

func (c *Core) selfKeys() []string {
	keys := make([]string, 0, len(c.self))
	for key := range c.self {
		keys = append(keys, key)
	}
	slices.Sort(keys)
	return keys
}

const storeKey = "store"

// degrade tells people, and every message, that nothing can be kept.
func (c *Core) degrade(failing bool) {
	c.planner.Mark("tocsin cannot write to its store: after a restart this may be sent again", failing)
	if !failing {
		c.resolveSelf(storeKey)
		return
	}
	c.raiseSelf(storeKey, selfFacts{
		name: "TocsinStoreFailing", level: rules.Error, reason: evaluator.StoreFailing,
		summary: "tocsin cannot write to its store. It goes on from memory; after a restart messages may be sent again.",
	})
}

// lostFor is how long messages say that state was lost.
const lostFor = time.Hour

const lostMark = "a part of tocsin's stored state was lost: some of this may have been sent before"

func (c *Core) lost(text string) {
	c.note("stored state was lost", "what", text)
	c.planner.Mark(lostMark, true)
	c.lostUntil = c.at.Add(lostFor)
}

func (c *Core) found() {
	c.planner.Mark(lostMark, false)
	c.lostUntil = 0
}

func selfEpisode(key string, at model.Time) string {
	h := fnv.New64a()
	_, _ = fmt.Fprintf(h, "%s\x00%d", key, int64(at))
	return fmt.Sprintf("%016x", h.Sum64())
}

// receiverKey begins the keys of alerts about integrations.
const receiverKey = "receiver/"

// tellTroubles says which receivers can't be told, or can be again.
func (c *Core) tellTroubles() {
	for _, t := range c.planner.Troubles() {
		key := receiverKey + t.Integration
		if !t.Failing {
			c.resolveSelf(key)
			continue
		}
		c.raiseSelf(key, selfFacts{
			name: notifier.ReceiverFailing, level: rules.Error, reason: evaluator.ReceiverFailing,
			about: "receiver", value: t.Receiver, summary: troubleText(t),
		})
	}
}

func troubleText(t notifier.Trouble) string {
	if t.Since == 0 {
		return fmt.Sprintf("Receiver %s rejects a notification by %s: %s.", t.Receiver, t.Kind, t.Error)
	}
	return fmt.Sprintf("Receiver %s can't be told by %s since %s: %s.",
		t.Receiver, t.Kind, t.Since.Time().UTC().Format(time.RFC3339), t.Error)
}
