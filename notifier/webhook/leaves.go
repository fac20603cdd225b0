package webhook

import (
	"context"
	"fmt"
	"runtime"
	"sync"
	"sync/atomic"

	"github.com/prometheus/alertmanager/template"

	"tocsin/notifier"
	"tocsin/notifier/message"
)

// A leaf is a page of a body.
type leaf struct {
	part   []byte
	common template.KV // annotations that all its alerts have
	wrong  []error     // of templates
	err    error
}

// mostAtOnce is how many pages are rendered at a time: people wait for the first word
// of a storm, but the rest of the daemon has its work to do too.
const mostAtOnce = 4

// leaves renders pages, some at a time. The first comes first: most that templates ask
// of a source is known then.
func (s *Sender) leaves(ctx context.Context, pages []notifier.Delivery) []leaf {
	all := make([]leaf, len(pages))
	var first desk
	all[0] = s.leaf(ctx, pages[0], &first, nil)
	var next atomic.Int64
	var workers sync.WaitGroup
	for range min(runtime.GOMAXPROCS(0), mostAtOnce) {
		workers.Go(func() {
			var own desk
			for i := int(next.Add(1)); i < len(pages); i = int(next.Add(1)) {
				room := len(all[0].part) // most are as long as the first
				all[i] = s.leaf(ctx, pages[i], &own, append(make([]byte, 0, room+room/16), ','))
			}
		})
	}
	workers.Wait()
	return all
}

// A desk is where one page after the other is rendered, in the same memory.
type desk struct{ items []message.Item }

// leaf renders one page behind what is there. A panic is this page's error: nobody
// else would catch it in a goroutine.
func (s *Sender) leaf(ctx context.Context, page notifier.Delivery, on *desk, begun []byte) (l leaf) {
	defer func() {
		if r := recover(); r != nil {
			l = leaf{err: fmt.Errorf("rendering panicked: %v", r)}
		}
	}()
	m := s.maker.Facts(ctx, page, on.items)
	on.items = m.Items
	l.common, l.wrong = m.CommonAnnotations(), m.Errors
	l.part, l.err = appendAlerts(begun, m)
	return l
}
