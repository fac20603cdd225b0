package world

import (
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/prometheus/common/model"

	"tocsin/evaluator/promlocal"
)

// Scrape is the distance of two scrapes.
const Scrape = time.Second

// An Appender takes the samples of one scrape of all instances.
type Appender interface {
	Append(samples ...promlocal.Sample) error
}

// A World is the service and its past. It is safe for concurrent use.
type World struct {
	to Appender

	mu        sync.Mutex
	next      model.Time // the scrape that is due
	instances []*instance
	thrown    map[Switch]model.Time // since when a switch is on
}

// New makes a world whose first scrape is at the given time, and writes to the
// appender. To begin with a past, begin earlier, and Step to now.
func New(to Appender, start model.Time) *World {
	w := &World{to: to, next: align(start), thrown: map[Switch]model.Time{}}
	for _, s := range services() {
		w.instances = append(w.instances, newInstance(s))
	}
	return w
}

// align returns the first scrape at or after a time.
func align(t model.Time) model.Time {
	step := model.Time(Scrape.Milliseconds())
	return (t + step - 1) / step * step
}

// Step makes all scrapes that are due until now, now included.
func (w *World) Step(now model.Time) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	var errs []error
	for ; w.next <= now; w.next = w.next.Add(Scrape) {
		var out []promlocal.Sample
		for _, i := range w.instances {
			out = i.scrape(out, w.next, w.faults(i))
		}
		errs = append(errs, w.to.Append(out...))
	}
	return errors.Join(errs...)
}

// Set throws a switch; it counts from the next scrape on.
func (w *World) Set(s Switch, on bool) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	if _, known := s.text(); !known {
		return fmt.Errorf("unknown switch %q", string(s))
	}
	_, was := w.thrown[s]
	switch {
	case on && !was:
		w.thrown[s] = w.next
	case !on:
		delete(w.thrown, s)
	}
	return nil
}
