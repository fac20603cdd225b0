package notifier

import (
	"slices"

	"github.com/prometheus/common/model"
)

// A budget bounds what an integration posts in a window of time. Errors never wait
// for it, but count; edits do neither. What else exceeds it is gathered into one
// digest, see digest.go.

// spend counts an attempt as a post, unless it is a retry of one that counts still.
func (p *Planner) spend(f *flight) {
	o := f.lane.out
	if o.budget.Max <= 0 || f.quiet() || f.lane.closing() || f.counted(p.at) {
		return
	}
	o.prune(p.at)
	o.posts = append(o.posts, p.at)
	o.posts = o.posts[max(len(o.posts)-o.budget.Max, 0):] // older ones decide nothing
	f.spent = p.at
	p.touchOutlet(o.Key)
}

// counted reports whether a flight has been counted within the window.
func (f *flight) counted(at model.Time) bool {
	return f.spent != 0 && f.spent > at.Add(-f.lane.out.budget.Window)
}

// prune forgets posts that have left the window.
func (o *outlet) prune(at model.Time) {
	n := 0
	for n < len(o.posts) && o.posts[n] <= at.Add(-o.budget.Window) {
		n++
	}
	o.posts = slices.Delete(o.posts, 0, n)
}

// spent counts the posts in the window that ends at a time.
func (o *outlet) spent(at model.Time) (n int) {
	for _, t := range o.posts {
		if t > at.Add(-o.budget.Window) {
			n++
		}
	}
	return n
}

// affords returns when the budget has room for one more post.
func (o *outlet) affords(at model.Time) model.Time {
	if i := len(o.posts) - o.budget.Max; i >= 0 && o.spent(at) >= o.budget.Max {
		return o.posts[i].Add(o.budget.Window)
	}
	return at
}

// overBudget reports whether the lane has to wait for the budget of its
// integration, or for the digest that waits for it. A retry has been counted, unless
// that was long ago.
func (p *Planner) overBudget(l *lane) bool {
	o := l.out
	switch {
	case o.budget.Max <= 0 || l.in.Resend > 0 || l.owed.highest() == pressing:
		return false
	case l.flight != nil && !l.flight.quiet() && l.flight.counted(p.at):
		return false
	case l.sumsUp() && p.digestDue(l):
		return true
	}
	return o.spent(p.at) >= o.budget.Max
}

// sumsUp reports whether what the lane has to tell may go into a digest: incidents
// are never summed up, nor what is told in place of others, nor what was tried.
func (l *lane) sumsUp() bool {
	tried := l.flight != nil && !l.flight.quiet()
	return !tried && l.primary && !l.group.digest && !l.in.Incident && l.owed.sum() > 0
}

// wait keeps back what exceeds the budget: in a digest, or where it is.
func (p *Planner) wait(l *lane) {
	if l.sumsUp() {
		if p.gather(l); !l.remind {
			return
		}
	}
	l.out.queue.remove(l)
	p.wake(&l.retry, later(l.out.affords(p.at), p.at.Add(least)))
}
