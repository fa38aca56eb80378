using JasperFx.Events;
using Marten.Events.Aggregation;
using Vitrine.Grains.Interfaces;

namespace Vitrine.Grains.Inputs;

/// <summary>Keeps an <see cref="InputView"/> beside each input's events.</summary>
public sealed partial class InputViewProjection : SingleStreamProjection<InputView, string>
{
    public override InputView? Evolve(InputView? snapshot, string id, IEvent e) => Fold(snapshot, id, e.Data);

    public static InputView? Fold(InputView? input, string id, object happened) => (input, happened) switch
    {
        (_, InputReceived e) => new InputView(id, e.User, e.Key, e.Sha256, e.MediaType, e.Length, e.Width, e.Height, e.Credential, e.Manifest, e.Findings, e.At, (input?.Revision ?? 0) + 1, Checked: e.Checked),
        (not null, InputDeleted e) => input with { DeletedAt = input.DeletedAt ?? e.At, Revision = input.Revision + 1 },
        _ => input,
    };
}
