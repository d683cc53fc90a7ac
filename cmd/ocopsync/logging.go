package main

import (
	"fmt"
	"os"

	"go.uber.org/zap"
	"go.uber.org/zap/zapcore"
)

// logger writes JSON lines to the file named by --log (- is standard error).
// Without --log it tells warnings only, as lines for a person on standard
// error, so that progress stays readable.
func (a *app) logger(level string) (*zap.Logger, func(), error) {
	at, err := zapcore.ParseLevel(level)
	if err != nil {
		return nil, nil, fmt.Errorf("log level: %w", err)
	}
	var core zapcore.Core
	done := func() {}
	switch a.logPath {
	case "":
		core = &plainLog{LevelEnabler: max(at, zapcore.WarnLevel), app: a}
	case "-":
		core = zapcore.NewCore(jsonLines(), zapcore.Lock(zapcore.AddSync(a.err)), at)
	default:
		f, err := os.OpenFile(a.logPath, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
		if err != nil {
			return nil, nil, fmt.Errorf("--log: %w", err)
		}
		core, done = zapcore.NewCore(jsonLines(), zapcore.Lock(f), at), func() { _ = f.Close() }
	}
	log := zap.New(core)
	a.redisLog(func(line string) { log.Warn("redis connection", zap.String("says", line)) })
	return log, func() { _ = log.Sync(); done() }, nil
}

// serviceLog is the daemon's log: JSON lines of the level, which can be changed,
// to standard error or to the file of --log.
func (a *app) serviceLog(level string) (*zap.Logger, *zap.AtomicLevel, func(), error) {
	at, err := zap.ParseAtomicLevel(level)
	if err != nil {
		return nil, nil, nil, fmt.Errorf("log level: %w", err)
	}
	sink, done := zapcore.Lock(zapcore.AddSync(a.err)), func() {}
	if a.logPath != "" && a.logPath != "-" {
		f, err := os.OpenFile(a.logPath, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
		if err != nil {
			return nil, nil, nil, fmt.Errorf("--log: %w", err)
		}
		sink, done = zapcore.Lock(f), func() { _ = f.Close() }
	}
	log := zap.New(zapcore.NewCore(jsonLines(), sink, at))
	a.redisLog(func(line string) { log.Warn("redis connection", zap.String("says", line)) })
	return log, &at, func() { _ = log.Sync(); done() }, nil
}

func jsonLines() zapcore.Encoder {
	encoder := zap.NewProductionEncoderConfig()
	encoder.EncodeTime = zapcore.RFC3339TimeEncoder
	encoder.TimeKey = "time"
	return zapcore.NewJSONEncoder(encoder)
}
