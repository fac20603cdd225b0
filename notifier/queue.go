package notifier

import "github.com/prometheus/common/model"

// A ranked element has a total order and remembers its place in the queue that
// it is in: its index plus one, or 0 if it is in none.
type ranked[T any] interface {
	before(other T) bool
	place() *int
}

// A queue is a binary heap whose elements can be moved and removed.
type queue[T ranked[T]] struct{ all []T }

func (q *queue[T]) len() int { return len(q.all) }

func (q *queue[T]) first() T { return q.all[0] }

// put adds the element, or finds its new place if it is in the queue.
func (q *queue[T]) put(x T) {
	if *x.place() == 0 {
		q.all = append(q.all, x)
		*x.place() = len(q.all)
	}
	i := *x.place() - 1
	q.down(q.up(i))
}

// remove takes the element out if it is in the queue.
func (q *queue[T]) remove(x T) {
	i := *x.place() - 1
	if i < 0 {
		return
	}
	last := len(q.all) - 1
	q.swap(i, last)
	var none T
	q.all[last] = none
	q.all = q.all[:last]
	*x.place() = 0
	if i < last {
		q.down(q.up(i))
	}
}

func (q *queue[T]) pop() T {
	x := q.first()
	q.remove(x)
	return x
}

func (q *queue[T]) swap(i, j int) {
	q.all[i], q.all[j] = q.all[j], q.all[i]
	*q.all[i].place(), *q.all[j].place() = i+1, j+1
}

func (q *queue[T]) up(i int) int {
	for i > 0 {
		parent := (i - 1) / 2
		if !q.all[i].before(q.all[parent]) {
			break
		}
		q.swap(i, parent)
		i = parent
	}
	return i
}

func (q *queue[T]) down(i int) {
	for {
		least := i
		for child := 2*i + 1; child <= 2*i+2 && child < len(q.all); child++ {
			if q.all[child].before(q.all[least]) {
				least = child
			}
		}
		if least == i {
			return
		}
		q.swap(i, least)
		i = least
	}
}

// A ringer is what a timer wakes. Due is the time that was asked for, which may
// lie before the time of the step.
type ringer interface {
	ring(p *Planner, due model.Time)
}

// aliases are the ringers that only an interface leads to: with their names in a
// planner, who pictures one by its types finds them all.
type aliases struct {
	Opening *opening
	Clock   *clock
	Alarm   *alarm
}

// A timer is one wake-up. Timers of one instant ring in the order of their keys,
// and before that of their kinds.
type timer struct {
	at    model.Time
	kind  timerKind
	key   string
	owner ringer
	slot  int
}

type timerKind uint8

// Flights end first, so that a flush and a retry of the same instant see it.
const (
	expiryTimer timerKind = iota
	settleTimer
	alarmTimer
	escalationTimer
	flushTimer
	clockTimer
	retryTimer
)

func (t *timer) place() *int { return &t.slot }

func (t *timer) set() bool { return t.slot != 0 }

func (t *timer) before(other *timer) bool {
	switch {
	case t.at != other.at:
		return t.at < other.at
	case t.kind != other.kind:
		return t.kind < other.kind
	}
	return t.key < other.key
}

// wake sets or moves a timer.
func (p *Planner) wake(t *timer, at model.Time) {
	t.at = at
	p.timers.put(t)
}
