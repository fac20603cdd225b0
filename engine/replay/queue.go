package replay

import (
	"container/heap"

	"github.com/prometheus/common/model"

	"tocsin/engine"
)

// A queue holds what is still to come, by time, then in the order of putting.
type queue struct {
	heap arrivals
	n    int
}

func (q *queue) put(at model.Time, in engine.Input) {
	q.n++
	heap.Push(&q.heap, arrival{Scheduled{at, in}, q.n})
}

func (q *queue) first() (model.Time, bool) {
	if len(q.heap) == 0 {
		return 0, false
	}
	return q.heap[0].At, true
}

// take returns all that has arrived by a time.
func (q *queue) take(at model.Time) []engine.Input {
	var inputs []engine.Input
	for len(q.heap) > 0 && q.heap[0].At <= at {
		inputs = append(inputs, heap.Pop(&q.heap).(arrival).Input)
	}
	return inputs
}

type arrival struct {
	Scheduled
	n int
}

type arrivals []arrival

func (a arrivals) Len() int { return len(a) }
func (a arrivals) Less(i, j int) bool {
	if a[i].At != a[j].At {
		return a[i].At < a[j].At
	}
	return a[i].n < a[j].n
}
func (a arrivals) Swap(i, j int) { a[i], a[j] = a[j], a[i] }

// Push is part of heap.Interface.
func (a *arrivals) Push(x any) { *a = append(*a, x.(arrival)) }

// Pop is part of heap.Interface.
func (a *arrivals) Pop() any {
	old := *a
	last := old[len(old)-1]
	old[len(old)-1] = arrival{}
	*a = old[:len(old)-1]
	return last
}
