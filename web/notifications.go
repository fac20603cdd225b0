package web

import (
	"tocsin/engine"
	"tocsin/notifier"
	"tocsin/rules"
)

func attemptFamilies() []family {
	return []family{
		counter("notification_attempts_total", "Attempts at notifications, by receiver, kind of integration and outcome.",
			func(s Stats, add adder) {
				for _, a := range s.Driver.Sends {
					add.value(float64(a.Count), a.Receiver, a.Kind, a.Outcome.String())
				}
			}, "receiver", "integration", "outcome"),
		counter("notification_attempt_seconds_total", "Time spent on attempts at notifications, by receiver, kind of integration and outcome.",
			func(s Stats, add adder) {
				for _, a := range s.Driver.Sends {
					add.value(a.Seconds, a.Receiver, a.Kind, a.Outcome.String())
				}
			}, "receiver", "integration", "outcome"),
		gauge("notifications_in_flight", "Attempts at notifications under way.",
			ofDriver(func(d engine.DriverStats) float64 { return float64(d.Sending) })),
		gauge("notifications_held", "Notifications that wait for the store.",
			ofDriver(func(d engine.DriverStats) float64 { return float64(d.Held) })),
	}
}

// ofNotifier reads one figure of the notifier.
func ofNotifier(figure func(notifier.Stats) float64) func(Stats, adder) {
	return ofCore(func(c *engine.Stats) float64 { return figure(c.Notifier) })
}

func notificationFamilies() []family {
	return []family{
		counter("notification_changes_total", "Changes of alerts by what became of them, once for each integration that they concern.",
			func(s Stats, add adder) {
				if s.Core == nil {
					return
				}
				n := s.Core.Notifier
				add.value(float64(n.Delivered), "delivered")
				add.value(float64(n.Collapsed), "collapsed")
				add.value(float64(n.Suppressed), "suppressed")
				add.value(float64(n.Failed), "failed")
			}, "fate"),
		gauge("notification_changes_waiting", "Changes of alerts that are still to be told, once for each integration.",
			ofNotifier(func(n notifier.Stats) float64 { return float64(n.Waiting) })),
		counter("notification_reminders_total", "Notifications that only repeated what was known.",
			ofNotifier(func(n notifier.Stats) float64 { return float64(n.Reminders) })),
		gauge("notification_groups", "Groups of alerts.",
			ofNotifier(func(n notifier.Stats) float64 { return float64(n.Groups) })),
		gauge("notification_groups_settling", "Groups of alerts that wait for rules to be evaluated since the start or reload.",
			ofNotifier(func(n notifier.Stats) float64 { return float64(n.Settling) })),
		gauge("notifications_queued", "Notifications that could go out if there were room.",
			ofNotifier(func(n notifier.Stats) float64 { return float64(n.Queued) })),
	}
}

// gateFamilies are about what is kept from being told, and by what.
func gateFamilies() []family {
	return []family{
		counter("notifications_stood_in_total", "Notifications to fallback receivers and by escalation.",
			ofNotifier(func(n notifier.Stats) float64 { return float64(n.StoodIn) })),
		gauge("receiver_failing", "Receivers that can't be told, by kind of integration; a missing one can be.",
			func(s Stats, add adder) {
				if s.Core == nil {
					return
				}
				for _, k := range s.Core.Notifier.Failing {
					add.value(1, k.Receiver, k.Kind)
				}
			}, "receiver", "integration"),
		gauge("silences", "Silences, by state.", func(s Stats, add adder) {
			if s.Core == nil {
				return
			}
			for _, state := range []rules.SilenceState{rules.SilencePending, rules.SilenceActive, rules.SilenceExpired} {
				add.value(float64(s.Core.Notifier.Silences[state]), string(state))
			}
		}, "state"),
		gauge("alerts_held", "Alerts that are kept from being told, by what keeps them.", func(s Stats, add adder) {
			if s.Core == nil {
				return
			}
			n := s.Core.Notifier
			add.value(float64(n.Silenced), "silence")
			add.value(float64(n.Inhibited), "inhibition")
			add.value(float64(n.Acked), "acknowledgement")
		}, "by"),
		gauge("notification_oldest_seconds", "How long the oldest notification under way has not been delivered.",
			ofNotifier(func(n notifier.Stats) float64 { return n.Oldest.Seconds() })),
	}
}
