package notifier

import (
	"github.com/prometheus/common/model"

	"tocsin/rules"
)

// An AlertID names an alert: its rule and its instance.
type AlertID struct {
	Rule     string `json:"rule"`
	Instance string `json:"instance"`
}

func (id AlertID) key() string { return id.Rule + "\x00" + id.Instance }

// An acknowledgement is one that is in force.
type acknowledgement struct {
	rules.Ack
	timer timer // to its end, in wall time; not set: it lasts as long as the episode
}

func ackWords(a *rules.Ack) string {
	if a.Comment == "" {
		return "acknowledged by " + a.By
	}
	return "acknowledged by " + a.By + ": " + a.Comment
}

// Ack notes who has taken alerts on. What is over by then, or is another episode,
// is left out.
func (p *Planner) Ack(at model.Time, acks []rules.Ack) {
	p.at = at
	for _, ack := range acks {
		key := AlertID{ack.Rule, ack.Instance}.key()
		if a := p.alerts[key]; a == nil || a.Episode != ack.Episode || ack.Until != 0 && ack.Until <= at {
			continue
		}
		p.dropAck(key)
		p.adoptAck(key, ack)
		p.touchAck(key)
		p.rehold(key)
	}
}

func (p *Planner) adoptAck(key string, ack rules.Ack) {
	x := &acknowledgement{Ack: ack}
	x.timer = timer{key: "ack " + key, owner: x, at: ack.Until}
	p.acks[key] = x
	if ack.Until != 0 {
		p.wall.put(&x.timer)
	}
}

// Unack takes acknowledgements back.
func (p *Planner) Unack(at model.Time, alerts []AlertID) {
	p.at = at
	for _, id := range alerts {
		p.dropAck(id.key())
		p.rehold(id.key())
	}
}

// ring ends an acknowledgement whose time is over.
func (x *acknowledgement) ring(p *Planner, _ model.Time) {
	key := AlertID{x.Rule, x.Instance}.key()
	p.dropAck(key)
	p.rehold(key)
}

func (p *Planner) dropAck(key string) {
	if x := p.acks[key]; x != nil {
		p.wall.remove(&x.timer)
		delete(p.acks, key)
		p.touchAck(key)
	}
}
