package live

import (
	"context"
	"fmt"
	"time"

	"tocsin/engine"
	"tocsin/notifier"
)

// A flight names one attempt.
type flight struct {
	id      string
	attempt int
}

// send makes one attempt in a goroutine of its own. It does not end with the
// run, and it keeps the sender of the configuration that it was handed out by.
// An attempt whose time was over before it could begin is not made.
func (d *Driver) send(ctx context.Context, h heldSend) {
	left := d.clock.until(h.send.Deadline)
	if left <= 0 {
		d.giveBack(h, "its time was over")
		return
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), left)
	d.flights[flight{h.send.Delivery.ID, h.send.Delivery.Attempt}] = cancel
	d.meter.sending(len(d.flights))
	d.workers.Go(func() {
		defer h.crew.busy.Done()
		defer cancel()
		began := time.Now()
		settled := settle(ctx, h.crew.Senders[h.send.Delivery.Integration], h.send.Delivery)
		d.meter.settled(h.send.Delivery, settled.Outcome, time.Since(began))
		d.tellSettled(ctx, h.send.Delivery, settled, time.Since(began))
		d.inbox.put(item{input: engine.Settled{Settled: settled}})
	})
}

// giveBack ends an attempt that never began. Nothing can have arrived, so it is
// refused, if only by ourselves.
func (d *Driver) giveBack(h heldSend, why string) {
	h.crew.busy.Done()
	v := h.send.Delivery
	d.log.Warn("delivery not begun", "id", v.ID, "receiver", v.Receiver, "reason", why)
	d.inbox.put(item{input: engine.Settled{Settled: notifier.Settled{
		ID: v.ID, Attempt: v.Attempt, Outcome: notifier.Refused, Error: "not begun: " + why,
		Handle: v.Handle, Left: v.Left,
	}}})
}

// settle makes the attempt. Whatever the sender does, one settlement comes of it
// that bears the delivery's id and attempt; where nothing is known of the
// outcome, it is unknown.
func settle(ctx context.Context, sender engine.Sender, v notifier.Delivery) (s notifier.Settled) {
	defer func() {
		if r := recover(); r != nil {
			s = notifier.Settled{Outcome: notifier.Unknown, Error: fmt.Sprintf("sending panicked: %v", r)}
		}
		s.ID, s.Attempt = v.ID, v.Attempt
	}()
	if sender == nil {
		return notifier.Settled{Outcome: notifier.Refused, Error: fmt.Sprintf("there is no sender for %q", v.Integration)}
	}
	s = sender.Send(ctx, v)
	if s.Outcome < notifier.Delivered || s.Outcome > notifier.Unknown {
		s.Outcome = notifier.Unknown
	}
	return s
}

// land takes note on the loop that an attempt has ended.
func (d *Driver) land(s notifier.Settled) {
	key := flight{s.ID, s.Attempt}
	if cancel, ok := d.flights[key]; ok {
		cancel()
		delete(d.flights, key)
		d.meter.sending(len(d.flights))
	}
}
