package engine

import (
	"fmt"
	"slices"
	"strconv"
	"time"

	"github.com/prometheus/common/model"

	"tocsin/evaluator"
	"tocsin/rules"
)

// A source is a Prometheus as the core sees it: how many questions it may be
// asked at once, and how it is.
type source struct {
	rules.Source
	queue    []*ask
	inFlight int

	lastGood     model.Time // when a query last succeeded
	failingSince model.Time // first failure since then; 0 none
	tries        int        // failures in a row
	partialSince model.Time // first partial answer since the last whole one; 0 none
	lastError    string
}

func (s *source) canAsk() bool { return len(s.queue) > 0 && s.inFlight < max(s.Concurrency, 1) }

const (
	downTries    = 3                // failures in a row, at least, before a source is down
	partialAfter = 15 * time.Minute // of partial answers before it is said
)

// heard keeps book of a source's health and raises or resolves its own alerts.
func (c *Core) heard(src *source, a evaluator.Answer) {
	n := c.counters.of(src.Name)
	n.Queries++
	switch a.Outcome {
	case evaluator.Good, evaluator.Partial:
		c.sourceGood(src, a)
	case evaluator.BadQuery: // it answers; the query is wrong
		n.Failures[a.Outcome]++
		c.sourceUp(src)
	case evaluator.Execution, evaluator.Unavailable:
		n.Failures[a.Outcome]++
		c.sourceFailed(src, a.Error)
	}
}

func (c *Core) sourceGood(src *source, a evaluator.Answer) {
	src.lastGood = c.at
	c.sourceUp(src)
	switch {
	case a.Outcome == evaluator.Good:
		src.partialSince = 0
		c.resolveSelf(partialKey(src.Name))
	case src.partialSince == 0:
		src.partialSince = c.at
	case c.at.Sub(src.partialSince) >= partialAfter:
		c.raiseSelf(partialKey(src.Name), selfFacts{
			name: "TocsinSourcePartial", level: rules.Warn, reason: evaluator.SourceFailing, about: "source", value: src.Name,
			summary: fmt.Sprintf("Source %s has given partial answers for %s: %s. Alerts may be raised but are not resolved.",
				src.Name, model.Duration(partialAfter), a.Error),
		})
	}
}

func (c *Core) sourceUp(src *source) {
	src.failingSince, src.tries, src.lastError = 0, 0, ""
	c.resolveSelf(downKey(src.Name))
}

func (c *Core) sourceFailed(src *source, text string) {
	if src.tries++; src.tries == 1 {
		src.failingSince = c.at
	}
	src.lastError = text
	if src.tries < downTries || c.at.Sub(src.failingSince) < src.DownAfter || c.self[downKey(src.Name)] != nil {
		return
	}
	waiting, held := c.dependents(src.Name)
	c.raiseSelf(downKey(src.Name), selfFacts{
		name: "TocsinSourceDown", level: rules.Error, reason: evaluator.SourceFailing, about: "source", value: src.Name,
		summary: fmt.Sprintf("Source %s has answered no query since %s: %s. %s rules wait and %s alerts are held as they were.",
			src.Name, src.failingSince.Time().UTC().Format(time.RFC3339), text, strconv.Itoa(waiting), strconv.Itoa(held)),
	})
}

// dependents counts the rules that ask a source and the alerts that they hold.
func (c *Core) dependents(name string) (waiting, held int) {
	for _, r := range c.runs {
		if r.rule.Source == name && !r.held {
			waiting++
			r.machine.Alerts(func(evaluator.Alert) { held++ })
		}
	}
	return waiting, held
}

func downKey(source string) string    { return "source/" + source + "/down" }
func partialKey(source string) string { return "source/" + source + "/partial" }

func (c *Core) sourceNames() []string {
	names := make([]string, 0, len(c.sources))
	for name := range c.sources {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}
