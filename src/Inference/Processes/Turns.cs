namespace Vitrine.Inference;

/// <summary>Lets many in together or one alone. Who must be alone goes before those who came later, so it waits for present company only.</summary>
internal sealed class Turns
{
    private readonly Lock gate = new();
    private readonly LinkedList<(bool Alone, TaskCompletionSource Entered)> waiting = [];
    private int inside;
    private bool closed;

    /// <summary>Waits for a turn; dispose what it answers when it is over.</summary>
    public async Task<IDisposable> Enter(bool alone, CancellationToken cancellation)
    {
        LinkedListNode<(bool Alone, TaskCompletionSource Entered)> place;
        lock (gate)
        {
            place = alone ? AddAlone() : waiting.AddLast((false, New()));
            LetIn();
        }
        try
        {
            await place.Value.Entered.Task.WaitAsync(cancellation);
            return new Turn(this, alone);
        }
        catch
        {
            lock (gate)
            {
                if (place.List is not null)
                    waiting.Remove(place);
                else
                    Leave(alone);
                LetIn();
            }
            throw;
        }
    }

    private LinkedListNode<(bool Alone, TaskCompletionSource Entered)> AddAlone()
    {
        for (var node = waiting.First; node is not null; node = node.Next)
            if (!node.Value.Alone)
                return waiting.AddBefore(node, (true, New()));
        return waiting.AddLast((true, New()));
    }

    private void LetIn()
    {
        while (!closed && waiting.First is { } first && (!first.Value.Alone || inside == 0))
        {
            waiting.RemoveFirst();
            (inside, closed) = (inside + 1, first.Value.Alone);
            first.Value.Entered.SetResult();
        }
    }

    private void Leave(bool alone)
    {
        inside--;
        if (alone)
            closed = false;
    }

    private static TaskCompletionSource New() => new(TaskCreationOptions.RunContinuationsAsynchronously);

    private sealed class Turn(Turns turns, bool alone) : IDisposable
    {
        private bool over;

        public void Dispose()
        {
            lock (turns.gate)
            {
                if (over)
                    return;
                over = true;
                turns.Leave(alone);
                turns.LetIn();
            }
        }
    }
}
