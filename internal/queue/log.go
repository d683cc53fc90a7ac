package queue

import (
	"fmt"

	"go.uber.org/zap"
)

// asynqLog takes what asynq says. Its daily business is of no use to an operator
// and goes to debug; its Fatal must not end the process, which is main's.
type asynqLog struct{ log *zap.Logger }

func (l asynqLog) Debug(args ...any) { l.log.Debug(fmt.Sprint(args...)) }
func (l asynqLog) Info(args ...any)  { l.log.Debug(fmt.Sprint(args...)) }
func (l asynqLog) Warn(args ...any)  { l.log.Warn(fmt.Sprint(args...)) }
func (l asynqLog) Error(args ...any) { l.log.Error(fmt.Sprint(args...)) }
func (l asynqLog) Fatal(args ...any) { l.log.Error(fmt.Sprint(args...)) }

// cronLog takes what cron says.
type cronLog struct{ log *zap.Logger }

func (l cronLog) Info(msg string, pairs ...any) {
	l.log.Sugar().Debugw("cron: "+msg, pairs...)
}

func (l cronLog) Error(err error, msg string, pairs ...any) {
	l.log.Sugar().Errorw("cron: "+msg, append(pairs, "error", err)...)
}

func loggerOr(log *zap.Logger) *zap.Logger {
	if log == nil {
		return zap.NewNop()
	}
	return log
}
