using System.Threading.Channels;

namespace Vitrine.Inference;

/// <summary>
/// What talks to a device, on one thread at a time (<see cref="LaneThreads"/>), alone or with a few beside it (lanes), each with pictures of its own. Every turn: drop what was cancelled, admit what
/// waits while rows are free (and encode its texts and pictures), run one denoising step over all pictures of each model, decode what is finished, enlarge
/// one tile. A picture therefore joins the next step of the others, and leaves the device
/// within one step (or tile) of its cancellation.
/// <para>
/// An express picture preempts the others between two turns: they are set aside, each as it stands, until it has left. One is in a lane at a time, and none comes in before all have left that the
/// last one passed, begun or waiting; so each is passed once at most, for no longer than one picture takes alone.
/// </para>
/// </summary>
internal sealed class DeviceLoop
{
    private readonly int lane;
    private readonly EngineOptions options;
    private readonly TimeProvider time;
    private readonly LoopStatistics statistics;
    private readonly Action? betweenTurns;
    private readonly Channel<Picture> arrivals, expressArrivals;
    private readonly object arrived = new();
    private readonly TaskCompletionSource stopped = new(TaskCreationOptions.RunContinuationsAsynchronously), abandoned = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly List<Picture> denoising = [], enlarging = [], admitted = [], encoding = [], stepping = [], previewing = [], decoding = [];
    private readonly List<TextToImageModel> models = [];
    private readonly CallWatch watch;
    private Picture? express;
    private long numbers, passed;
    private volatile bool stopping;
    private volatile Exception? fatal;

    /// <param name="betweenTurns">Called on the device's thread at the start of every turn; tests use it to act at an exact step.</param>
    public DeviceLoop(int lane, EngineOptions options, TimeProvider time, LoopStatistics statistics, Action? betweenTurns)
    {
        (this.lane, this.options, this.time, this.statistics, this.betweenTurns) = (lane, options, time, statistics, betweenTurns);
        watch = new CallWatch(options.Device, options.CallLimit, time);
        arrivals = Queue();
        expressArrivals = Queue();
        LaneThreads.Start($"{options.Device} {lane}", options.Nice, WaitForWork, () => express is not null || expressArrivals.Reader.TryPeek(out _), () => stopping, Turn, Ended);
    }

    /// <summary>Completes when the thread has ended and every picture has its answer.</summary>
    public Task Stopped => stopped.Task;

    /// <summary>Whether it ended because of an error of its own. It takes nothing in any more; another may take its place.</summary>
    public bool Broke => fatal is not null;

    /// <summary>Completes when the thread has been given up: its call of the runtime does not end, and nothing that is in here will ever have an answer.</summary>
    public Task Abandoned => abandoned.Task;

    /// <summary>Gives the thread up if its call has gone on for so long although it was told to end. Returns whether it was given up, now or before.</summary>
    public bool AbandonAfter(TimeSpan overdue)
    {
        if (Overdue > overdue)
            abandoned.TrySetResult();
        return abandoned.Task.IsCompleted;
    }

    /// <summary>How long the present call of the runtime has gone on beyond the limit, although it was told to end; zero where all is well.</summary>
    public TimeSpan Overdue => watch.Overdue;

    /// <summary>Ends a call that goes on for longer than the limit. Called by a timer every now and then.</summary>
    public void Watch() => watch.Look();

    /// <summary>Hands a picture over; waits while the queue is full. When it throws, the picture is still the caller's.</summary>
    /// <exception cref="ObjectDisposedException">The engine has stopped.</exception>
    public async Task Enqueue(Picture picture, CancellationToken cancellation)
    {
        ValueTask queued;
        lock (arrived)
        {
            picture.RunOn(lane, ++numbers);
            queued = (picture.Request.Express ? expressArrivals : arrivals).Writer.WriteAsync(picture, cancellation);
            Monitor.Pulse(arrived);
        }
        statistics.Queued(+1);
        try
        {
            await queued;
        }
        catch (Exception notQueued)
        {
            statistics.Queued(-1);
            if (notQueued is ChannelClosedException)
                throw Gone();
            throw;
        }
    }

    /// <summary>Lets the current turn end, gives every picture an answer and ends the thread.</summary>
    public void Stop()
    {
        stopping = true;
        Close();
        lock (arrived)
            Monitor.Pulse(arrived);
    }

    private void Ended(Exception? bug)
    {
        fatal = bug;
        Close();
        while (expressArrivals.Reader.TryRead(out var picture) || arrivals.Reader.TryRead(out picture))
        {
            statistics.Queued(-1);
            End(picture, Gone());
        }
        foreach (var picture in denoising.Concat(enlarging).Concat(admitted).Distinct())
            End(picture, Gone());
        statistics.OnDevice(lane, 0);
        stopped.SetResult();
    }

    private void Turn()
    {
        betweenTurns?.Invoke();
        DropLeaving(denoising);
        DropLeaving(enlarging);
        Admit();
        Denoise();
        EnlargeOneTile();
        statistics.OnDevice(lane, denoising.Count + enlarging.Count);
    }

    private Exception Gone() => fatal is { } bug
        ? new RenderFailedException(RenderFailure.Device, $"A thread of {options.Device} ended after an error of its own: {bug.Message}", bug)
        : new ObjectDisposedException(nameof(RenderingEngine), "The engine was stopped.");

    private bool WaitForWork()
    {
        // This thread exists to block, here and in the runtime; no pool thread waits.
        lock (arrived)
            while (!stopping && denoising.Count + enlarging.Count == 0 && !expressArrivals.Reader.TryPeek(out _) && !arrivals.Reader.TryPeek(out _))
                Monitor.Wait(arrived);
        return !stopping;
    }

    private void Close()
    {
        arrivals.Writer.TryComplete();
        expressArrivals.Writer.TryComplete();
    }

    private Channel<Picture> Queue() => Channel.CreateBounded<Picture>(new BoundedChannelOptions(options.QueueCapacity) { SingleReader = true });

    private void DropLeaving(List<Picture> pictures)
    {
        for (var i = pictures.Count - 1; i >= 0; i--)
            if (pictures[i].IsCancelled || pictures[i].IsPaused)
            {
                Leave(pictures[i]);
                pictures.RemoveAt(i);
            }
    }

    private void Leave(Picture picture) => End(picture, picture.IsCancelled ? null : new RenderPausedException(picture.Checkpoint));

    // First come, first served among each kind: a picture of two rows is not overtaken by one of one row, nor one of a busy model by one of an idle one.
    private void Admit()
    {
        admitted.Clear();
        while (express is null && !AnyWasPassed() && expressArrivals.Reader.TryRead(out var picture))
            if (TakeIn(picture))
                SetOthersAside(express = picture);
        // A picture that must not be slowed down keeps whoever would do so out.
        while ((express is null || !options.RunsExpressAlone) && enlarging.Count < options.MaxBatch
            && arrivals.Reader.TryPeek(out var next) && MayPass(next) && HasRoom(next) && arrivals.Reader.TryRead(out var picture))
            TakeIn(picture);
        if (admitted.Count == 0)
            return;
        statistics.OnDevice(lane, denoising.Count + enlarging.Count + admitted.Count);
        foreach (var model in ModelsOf(admitted))
        {
            EncodeText(model);
            EncodePictures(model);
        }
        admitted.Clear();
    }

    // An express picture that cannot come in yet waits for those that were passed, and for nobody behind them.
    private bool MayPass(Picture next) => next.Number <= passed || !expressArrivals.Reader.TryPeek(out _);

    private bool TakeIn(Picture picture)
    {
        statistics.Queued(-1);
        if (picture.IsCancelled || picture.IsPaused)
        {
            Leave(picture);
            return false;
        }
        admitted.Add(picture);
        return true;
    }

    private void SetOthersAside(Picture picture)
    {
        var (rows, now) = (picture.Rows, time.GetTimestamp());
        foreach (var other in denoising)
            if (!options.RunsExpressAlone && other.Model == picture.Model && rows + other.Rows <= picture.Model.Batch)
                rows += other.Rows;
            else
                other.SetAside(now);
        foreach (var other in enlarging)
            other.SetAside(now);
        var aside = denoising.Count(IsAside) + enlarging.Count;
        statistics.SetAside(aside);
        lock (arrived)
            if (aside > 0 || arrivals.Reader.TryPeek(out _))
                passed = numbers;
    }

    // The first of those that wait has the smallest number.
    private bool AnyWasPassed()
    {
        foreach (var picture in denoising)
            if (picture.Number <= passed)
                return true;
        foreach (var picture in enlarging)
            if (picture.Number <= passed)
                return true;
        return arrivals.Reader.TryPeek(out var next) && next.Number <= passed;
    }

    private void TakeUpAgain()
    {
        express = null;
        foreach (var picture in denoising)
            picture.TakeUp(time);
        foreach (var picture in enlarging)
            picture.TakeUp(time);
    }

    // Rows that are set aside count: they come back.
    private bool HasRoom(Picture next)
    {
        var (rows, textRows) = (next.Rows, next.TextRows);
        foreach (var picture in denoising)
            rows += picture.Model == next.Model ? picture.Rows : 0;
        foreach (var picture in admitted)
            if (picture.Model == next.Model)
                (rows, textRows) = (rows + picture.Rows, textRows + picture.TextRows);
        return rows <= next.Model.Batch && textRows <= options.MaxBatch && denoising.Count + admitted.Count < options.MaxBatch;
    }

    private void EncodeText(TextToImageModel model)
    {
        var rows = 0;
        foreach (var picture in admitted)
            if (picture.Model == model)
                rows = picture.WriteTokens(rows);
        var elapsed = watch.Run(model, rows, static (model, rows) => model.EncodeText(rows), out var failure);
        var row = 0;
        foreach (var picture in admitted)
            if (picture.Model == model)
            {
                if (failure is not null)
                {
                    End(picture, failure);
                    continue;
                }
                row = picture.ReadText(row);
                picture.DeviceTime += elapsed * picture.TextRows / rows;
                denoising.Add(picture);
            }
    }

    private void EncodePictures(TextToImageModel model)
    {
        encoding.Clear();
        foreach (var picture in denoising)
            if (picture.Model == model && picture.AwaitsEncoding)
            {
                picture.WritePixels(encoding.Count);
                encoding.Add(picture);
            }
        if (encoding.Count == 0)
            return;
        var elapsed = watch.Run(model, encoding.Count, static (model, rows) => model.Encode(rows), out var failure);
        for (var row = 0; row < encoding.Count; row++)
        {
            var picture = encoding[row];
            if (CameThrough(picture, elapsed / encoding.Count, failure) && !picture.BeginAt(model.Encoded(row)))
                Remove(picture, NotFinite(picture, "an encoded number"));
        }
    }

    private void Denoise()
    {
        foreach (var model in ModelsOf(denoising))
            Step(model);
    }

    private void Step(TextToImageModel model)
    {
        stepping.Clear();
        previewing.Clear();
        decoding.Clear();
        var rows = 0;
        foreach (var picture in denoising)
            if (picture.Model != model || picture.IsAside)
                continue;
            else if (picture.IsDenoised)
                AddToDecode(picture); // A start of strength 0 leaves no step.
            else
            {
                picture.WriteRows(rows);
                rows += picture.Rows;
                stepping.Add(picture);
            }
        if (stepping.Count > 0)
            Advance(model, rows);
        if (previewing.Count > 0)
            Preview(model);
        if (decoding.Count > 0)
            Decode(model);
    }

    private void Advance(TextToImageModel model, int rows)
    {
        var elapsed = watch.Run(model, rows, static (model, rows) => model.Predict(rows), out var failure);
        statistics.Stepped(stepping.Count, elapsed);
        var row = 0;
        foreach (var picture in stepping)
        {
            if (!CameThrough(picture, elapsed * picture.Rows / rows, failure))
                continue;
            var finite = picture.Advance(row, model.PreviewRow(previewing.Count), out var previewDue);
            row += picture.Rows;
            if (!finite)
                Remove(picture, NotFinite(picture, "a latent"));
            else if (picture.IsDenoised)
                AddToDecode(picture);
            else if (previewDue)
                previewing.Add(picture);
            else
                picture.Report(null);
        }
    }

    // A picture cancelled during its last step is not decoded; the next turn drops it.
    private void AddToDecode(Picture picture)
    {
        if (!picture.IsCancelled)
            decoding.Add(picture);
    }

    private void Preview(TextToImageModel model)
    {
        var elapsed = watch.Run(model, previewing.Count, static (model, rows) => model.Preview(rows), out var failure);
        for (var row = 0; row < previewing.Count; row++)
        {
            var picture = previewing[row];
            if (!CameThrough(picture, elapsed / previewing.Count, failure))
                continue;
            if (model.Previewed(row) is { } image)
                picture.Report(image);
            else
                Remove(picture, NotFinite(picture, "a decoded number"));
        }
    }

    private void Decode(TextToImageModel model)
    {
        for (var row = 0; row < decoding.Count; row++)
            decoding[row].Latent.CopyTo(model.DecoderRow(row));
        var elapsed = watch.Run(model, decoding.Count, static (model, rows) => model.Decode(rows), out var failure);
        for (var row = 0; row < decoding.Count; row++)
        {
            var picture = decoding[row];
            if (!CameThrough(picture, elapsed / decoding.Count, failure))
                continue;
            if (model.Decoded(row) is not { } image)
                Remove(picture, NotFinite(picture, "a decoded number"));
            else
            {
                picture.Report(null);
                picture.Decoded(image);
                denoising.Remove(picture);
                if (picture.IsEnlarged)
                    End(picture, null);
                else
                    enlarging.Insert(picture == express ? 0 : enlarging.Count, picture);
            }
        }
    }

    private void EnlargeOneTile()
    {
        if (enlarging.Find(IsUnderWay) is not { IsCancelled: false } picture)
            return;
        picture.DeviceTime += watch.Run(picture, options.UpscalerTile, static (picture, tile) => picture.EnlargeOneTile(tile), out var failure);
        statistics.RanTile();
        if (failure is null && !picture.IsEnlarged)
            return;
        enlarging.Remove(picture);
        End(picture, failure);
    }

    /// <summary>A run that a picture had a share in is over; false where it failed, and the picture with it.</summary>
    private bool CameThrough(Picture picture, TimeSpan share, Exception? failure)
    {
        picture.DeviceTime += share;
        if (failure is not null)
            Remove(picture, failure);
        return failure is null;
    }

    private void Remove(Picture picture, Exception failure)
    {
        denoising.Remove(picture);
        End(picture, failure);
    }

    private void End(Picture picture, Exception? failure)
    {
        statistics.Ended(picture.End(failure));
        if (picture == express)
            TakeUpAgain();
    }

    private static bool IsAside(Picture picture) => picture.IsAside;
    private static bool IsUnderWay(Picture picture) => !picture.IsAside;

    private List<TextToImageModel> ModelsOf(List<Picture> pictures)
    {
        models.Clear();
        foreach (var picture in pictures)
            if (!models.Contains(picture.Model))
                models.Add(picture.Model);
        return models;
    }

    private static RenderFailedException NotFinite(Picture picture, string what) =>
        new(RenderFailure.NotFinite, $"'{picture.Model.Card.Name}' gave {what} that is not finite at step {picture.StepsDone} of {picture.Steps}.");
}
