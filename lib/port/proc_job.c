#include "port/proc_job.h"
#include "port/proc_private.h"

#include <signal.h>

int proc_job_fd(const struct proc *p)
{
	return p->priv->keeper_fd;
}

int proc_job_stopped(struct proc *p)
{
	if (!proc_read_keeper(p) || p->priv->report.code_kind != CLD_STOPPED)
		return 0;
	return p->priv->report.code;
}

void proc_job_signal(struct proc *p, int sig, enum job_place place)
{
	static const int places[] = {
		[JOB_AS_IT_IS] = 0, [JOB_FRONT] = KEEPER_FRONT, [JOB_BACK] = KEEPER_BACK};

	if (p->priv->running)
		sigqueue(p->pid, KEEPER_SIGNAL, (union sigval){.sival_int = sig | places[place]});
}
